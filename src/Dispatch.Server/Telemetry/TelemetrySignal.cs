namespace Dispatch.Server.Telemetry;

/// <summary>The signals of OpenTelemetry, by the names its variables have (<c>OTEL_TRACES_EXPORTER</c>).</summary>
internal enum TelemetrySignal
{
    /// <summary>Counters, gauges and histograms.</summary>
    Metrics,

    /// <summary>A share of the calls, with their way through the servers.</summary>
    Traces,

    /// <summary>What the log says, at its configured levels.</summary>
    Logs,
}
