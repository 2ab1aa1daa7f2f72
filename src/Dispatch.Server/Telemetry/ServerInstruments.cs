using System.Diagnostics.Metrics;
using Dispatch.Server.Composition;

namespace Dispatch.Server.Telemetry;

/// <summary>
/// Says of each process, of whatever role, that it is there. The alerts count it: a gauge that only some roles have would not tell a missing gateway from one
/// that was never there.
/// </summary>
internal sealed class ServerInstruments : IHostedService
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Server";

    /// <summary>Creates the gauge.</summary>
    /// <param name="meters">Where meters come from.</param>
    /// <param name="configuration">The configuration, which names the role.</param>
    public ServerInstruments(IMeterFactory meters, IConfiguration configuration)
    {
        var role = new KeyValuePair<string, object?>("role", ServerRoles.Of(configuration).ToString().ToLowerInvariant());
        meters.Create(Meter).CreateObservableGauge("dispatch.server.up", () => new Measurement<int>(1, role), "{process}", "1 for each process that reports.");
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
