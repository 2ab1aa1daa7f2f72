using Microsoft.Extensions.Configuration.Memory;

namespace Dispatch.Server.Telemetry;

/// <summary>
/// What is logged when nobody says otherwise: what Dispatch says at Information and above, what frameworks say at Warning and above. With the frameworks' own defaults a request with a token that
/// is none wrote 2.6 kB, which anybody can send by the thousand. Any setting under <c>Logging:LogLevel</c> replaces the one of the same category here.
/// </summary>
internal static class LogDefaults
{
    private static readonly Dictionary<string, string?> Levels = new()
    {
        ["Default"] = nameof(LogLevel.Information),
        ["Microsoft"] = nameof(LogLevel.Warning),
        ["Microsoft.Hosting.Lifetime"] = nameof(LogLevel.Information),
        ["System"] = nameof(LogLevel.Warning),
        ["Orleans"] = nameof(LogLevel.Warning),

        // Two stacks for every try to begin a grain, of which there are thousands while the database is away. The boundary of the grain says it once (GrainFailures).
        ["Orleans.Grain"] = nameof(LogLevel.Critical),

        // The same for each reading of a reminder; a sweep that did not come is in the metrics, and nothing else hangs on one.
        ["Orleans.Runtime.ReminderService"] = nameof(LogLevel.Critical),
        ["Npgsql"] = nameof(LogLevel.Error),
        ["Polly"] = nameof(LogLevel.Warning),

        // What a client sends must not be able to fill the log with errors. What fails in a hub is logged by its boundary, once.
        ["Microsoft.AspNetCore.SignalR.HubConnectionHandler"] = nameof(LogLevel.Critical),
        ["Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher"] = nameof(LogLevel.Critical),

        // The same of tokens: who may not come in is told so, and counted by the metrics of requests.
        ["Microsoft.AspNetCore.Authentication"] = nameof(LogLevel.Critical),
    };

    /// <summary>Adds them below every other source of settings.</summary>
    /// <param name="configuration">The configuration.</param>
    public static void AddTo(IConfigurationBuilder configuration) => configuration.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = Levels.ToDictionary(level => $"Logging:LogLevel:{level.Key}", level => level.Value),
    });
}
