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
        (nameof(settings.MaxAutoPrepare), () => settings.MaxAutoPrepare = 100),
        (nameof(settings.AutoPrepareMinUsages), () => settings.AutoPrepareMinUsages = 3),
        (nameof(settings.NoResetOnClose), () => settings.NoResetOnClose = true),
    ]);

    /// <summary>The pool of group commits.</summary>
    /// <param name="connectionString">The operator's.</param>
    public static string Commits(string connectionString) => With(connectionString, Common(connectionString), settings =>
    [
        (nameof(settings.AutoPrepareMinUsages), () => settings.AutoPrepareMinUsages = 1),
        (nameof(settings.MinPoolSize), () => settings.MinPoolSize = 0),
        ("", () => settings.MaxPoolSize = Math.Min(CommitPoolMax, settings.MaxPoolSize)),
        (nameof(settings.ConnectionLifetime), () => settings.ConnectionLifetime = PlansLastSeconds),
    ]);

    private static string With(string given, string start, Func<NpgsqlConnectionStringBuilder, (string Name, Action Set)[]> defaults)
    {
        // A builder of any provider's keeps the words as they were written: Npgsql's own says of every setting that it is there.
        var words = new DbConnectionStringBuilder { ConnectionString = given }.Keys.Cast<string>().Select(word => word.Replace(" ", "", StringComparison.Ordinal)).ToList();
        var settings = new NpgsqlConnectionStringBuilder(start);
        foreach (var (name, set) in defaults(settings))
        {
            if (!words.Contains(name, StringComparer.OrdinalIgnoreCase)) set();
        }

        return settings.ConnectionString;
    }
}
