using System.Data.Common;
using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>
/// Settings of the two pools. What the operator's connection string says is kept; only what it leaves out is set here: an operator who switches prepared statements off has a reason.
/// </summary>
internal static class PoolSettings
{
    /// <summary>Group commits run a few at a time, one a lane.</summary>
    private const int CommitPoolMax = 16;

    /// <summary>Plans live as long as their connection. Those made while tables were small are made anew.</summary>
    private const int PlansLastSeconds = 120;

    /// <summary>
    /// The pool of everything but commits. Statements are prepared automatically after a few uses. Connections go back without a reset: nothing leaves anything in a session but prepared
    /// statements, and a reset costs every group commit.
    /// </summary>
    /// <param name="connectionString">The operator's.</param>
    public static string Common(string connectionString) => With(connectionString, connectionString, settings =>
    [
        ("Max Auto Prepare", () => settings.MaxAutoPrepare = 100),
        ("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 3),
        ("No Reset On Close", () => settings.NoResetOnClose = true),
    ]);

    /// <summary>The pool of group commits.</summary>
    /// <param name="connectionString">The operator's.</param>
    public static string Commits(string connectionString) => With(connectionString, Common(connectionString), settings =>
    [
        ("Auto Prepare Min Usages", () => settings.AutoPrepareMinUsages = 1),
        ("Minimum Pool Size", () => settings.MinPoolSize = 0),
        ("", () => settings.MaxPoolSize = Math.Min(CommitPoolMax, settings.MaxPoolSize)),
        ("Connection Lifetime", () => settings.ConnectionLifetime = PlansLastSeconds),
    ]);

    private static string With(string given, string start, Func<NpgsqlConnectionStringBuilder, (string Name, Action Set)[]> defaults)
    {
        // A builder of no provider keeps the words as they were written: Npgsql's own says of every setting that it is there. Given one word alone, it says what it calls it.
        var written = new DbConnectionStringBuilder { ConnectionString = given };
        var words = written.Keys.Cast<string>().SelectMany(word => new NpgsqlConnectionStringBuilder { [word] = written[word] }.Keys.Cast<string>()).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var settings = new NpgsqlConnectionStringBuilder(start);
        foreach (var (name, set) in defaults(settings))
        {
            if (!words.Contains(name)) set();
        }

        return settings.ConnectionString;
    }
}
