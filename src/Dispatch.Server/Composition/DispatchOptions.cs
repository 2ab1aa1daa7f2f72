using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>Section <c>Dispatch</c>.</summary>
public sealed class DispatchOptions
{
    /// <summary><c>sqlite</c> (one process, one file) or <c>postgresql</c>. Default sqlite.</summary>
    public string Store { get; set; } = "sqlite";

    /// <summary>File of the SQLite store. Default <c>dispatch.db</c> in the working directory.</summary>
    public string SqlitePath { get; set; } = "dispatch.db";

    /// <summary>Connection string of PostgreSQL; needed when the store is postgresql.</summary>
    public string? PostgreSql { get; set; }

    /// <summary>Group commits run side by side on PostgreSQL. Default 2, range 1..16.</summary>
    public int CommitLanes { get; set; } = 2;

    /// <summary>How long the result of a command is kept for repeats of it. Default 7 days, range 1 hour to 90 days.</summary>
    public TimeSpan OperationRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long changes of activity are kept: what a ledger can still be computed of. Default 400 days, range 100 days (a ledger spans up to 92) to 100 years. The last one before it stays for every
    /// worker. Assignments and answers, from which time and money are computed too, are never deleted.
    /// </summary>
    public TimeSpan ActivityRetention { get; set; } = TimeSpan.FromDays(400);

    /// <summary>How long the audit trail is kept. Nothing is computed from it. Default 1,100 days, range 30 days to 100 years.</summary>
    public TimeSpan AuditRetention { get; set; } = TimeSpan.FromDays(1_100);

    /// <summary>Section <c>Dispatch:Quality</c>.</summary>
    public QualityOptions Quality { get; set; } = new();

    /// <summary><c>all</c>, <c>silo</c> or <c>gateway</c>: which part of the work this process does. The last two need PostgreSQL. Default all.</summary>
    public string Role { get; set; } = "all";

    /// <summary>
    /// How long a start waits for a database that cannot be reached. Meanwhile the process says that it lives and is not ready. Default 5 minutes, range 0 to 1 day.
    /// </summary>
    public TimeSpan DatabaseWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// After the request to stop, how long connections and actors are given to move to other processes before they are closed. The process is not
    /// ready from the first moment on. Default 20 s, range 0 to 5 minutes: a thousand people who come back within 6 s kept two cores busy for longer.
    /// </summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// After draining, how long the process may take to finish calls, flush commits, hand over its grains and leave the cluster. Whoever starts the process must
    /// wait for both times before killing it. Default 45 s, range 5 s to 10 minutes.
    /// </summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(45);
}

/// <summary>Section <c>Dispatch:Quality</c>.</summary>
public sealed class QualityOptions
{
    /// <summary>
    /// Secret that keys the draws of gold and of reviews, at least 16 characters. All processes of a cluster must have the same one. Default: the secret that was
    /// drawn when the database was made, which they share anyhow.
    /// </summary>
    public string? GoldKey { get; set; }

    /// <summary>
    /// Whether leaderboards are kept. Without them gates on rank let nobody through, and what is taken for granted of new workers is not learned from the pool;
    /// all else is as it was. Default true.
    /// </summary>
    public bool Leaderboards { get; set; } = true;
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class DispatchOptionsValidator : IValidateOptions<DispatchOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DispatchOptions options)
    {
        List<string> faults = [];
        if (options.Store is not ("sqlite" or "postgresql")) faults.Add($"Dispatch:Store is '{options.Store}': use sqlite or postgresql.");
        if (options.Store == "postgresql" && string.IsNullOrWhiteSpace(options.PostgreSql)) faults.Add("Dispatch:Store is postgresql, but Dispatch:PostgreSql holds no connection string: set it.");
        if (options.Store == "sqlite" && string.IsNullOrWhiteSpace(options.SqlitePath)) faults.Add("Dispatch:SqlitePath is empty: name the file.");
        if (options.Quality.GoldKey is { Length: < 16 }) faults.Add("Dispatch:Quality:GoldKey is shorter than 16 characters: use a longer secret, or leave it out.");
        if (options.CommitLanes is < 1 or > 16) faults.Add($"Dispatch:CommitLanes is {options.CommitLanes}: use 1 to 16.");
        if (options.OperationRetention < TimeSpan.FromHours(1) || options.OperationRetention > TimeSpan.FromDays(90)) faults.Add($"Dispatch:OperationRetention is {options.OperationRetention}: use 1 hour to 90 days.");
        if (options.ActivityRetention < TimeSpan.FromDays(100) || options.ActivityRetention > TimeSpan.FromDays(36_500)) faults.Add($"Dispatch:ActivityRetention is {options.ActivityRetention}: use 100 to 36,500 days.");
        if (options.AuditRetention < TimeSpan.FromDays(30) || options.AuditRetention > TimeSpan.FromDays(36_500)) faults.Add($"Dispatch:AuditRetention is {options.AuditRetention}: use 30 to 36,500 days.");
        if (!ServerRoles.TryParse(options.Role, out var role)) faults.Add($"Dispatch:Role is '{options.Role}': use all, silo or gateway.");
        else if (role != ServerRole.All && options.Store != "postgresql") faults.Add($"Dispatch:Role is {options.Role}, but a file has one process: use Dispatch:Store=postgresql, or the role all.");
        if (options.DatabaseWait < TimeSpan.Zero || options.DatabaseWait > TimeSpan.FromDays(1)) faults.Add($"Dispatch:DatabaseWait is {options.DatabaseWait}: use 0 to 1 day.");
        if (options.DrainTimeout < TimeSpan.Zero || options.DrainTimeout > TimeSpan.FromMinutes(5)) faults.Add($"Dispatch:DrainTimeout is {options.DrainTimeout}: use 0 to 5 minutes.");
        if (options.ShutdownTimeout < TimeSpan.FromSeconds(5) || options.ShutdownTimeout > TimeSpan.FromMinutes(10)) faults.Add($"Dispatch:ShutdownTimeout is {options.ShutdownTimeout}: use 5 s to 10 minutes.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
