using Microsoft.Extensions.Options;

namespace Dispatch.Server.Hubs;

/// <summary>Section <c>Dispatch:Hubs</c>: what the hubs admit, and how long they try for a caller.</summary>
public sealed class DispatchHubOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Dispatch:Hubs";

    /// <summary>
    /// Calls of workers under way at once in this process; more are refused as busy. One connection has at most four, and waits for them itself. Default 4,000,
    /// range 10 to 1,000,000.
    /// </summary>
    public int ConcurrentCalls { get; set; } = 4_000;

    /// <summary>
    /// How long a command whose outcome is unknown is tried again under its operation id before the caller is told so. Keep it below the time callers wait (10 s in
    /// the SDK). Default 8 s, range 0 to 1 minute.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>What refused callers are told to wait. Default 1 s, range 100 ms to 1 minute.</summary>
    public TimeSpan BusyRetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one push may wait for a connection that does not read before the connection is closed. Default 15 s, range 1 s to 5 minutes.</summary>
    public TimeSpan SlowReaderTimeout { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class DispatchHubOptionsValidator : IValidateOptions<DispatchHubOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DispatchHubOptions options)
    {
        List<string> faults = [];
        if (options.ConcurrentCalls is < 10 or > 1_000_000) faults.Add($"{DispatchHubOptions.Section}:ConcurrentCalls is {options.ConcurrentCalls}: use 10 to 1,000,000.");
        if (options.RetryFor < TimeSpan.Zero || options.RetryFor > TimeSpan.FromMinutes(1)) faults.Add($"{DispatchHubOptions.Section}:RetryFor is {options.RetryFor}: use 0 to 1 minute.");
        if (options.BusyRetryAfter < TimeSpan.FromMilliseconds(100) || options.BusyRetryAfter > TimeSpan.FromMinutes(1)) faults.Add($"{DispatchHubOptions.Section}:BusyRetryAfter is {options.BusyRetryAfter}: use 100 ms to 1 minute.");
        if (options.SlowReaderTimeout < TimeSpan.FromSeconds(1) || options.SlowReaderTimeout > TimeSpan.FromMinutes(5)) faults.Add($"{DispatchHubOptions.Section}:SlowReaderTimeout is {options.SlowReaderTimeout}: use 1 s to 5 minutes.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
