using Microsoft.Extensions.Options;

namespace Dispatch.Server.Telemetry;

/// <summary>Section <c>Dispatch:Telemetry</c>.</summary>
public sealed class TelemetryOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Dispatch:Telemetry";

    /// <summary>
    /// Where metrics, traces and logs are sent by OTLP, such as <c>http://collector:4317</c>. Default empty: then <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its
    /// siblings decide, and nothing is sent where these are empty too. The other <c>OTEL_*</c> variables (protocol, headers, service name, resource attributes,
    /// sampler, exporters that are <c>none</c>, <c>OTEL_SDK_DISABLED</c>) mean what the standard says in both cases.
    /// </summary>
    public string? Otlp { get; set; }

    /// <summary>Share of calls that are traced. Default 0.01, range 0 to 1. <c>OTEL_TRACES_SAMPLER</c> decides instead where it is set.</summary>
    public double TraceShare { get; set; } = 0.01;

    /// <summary>Whether admins find the Orleans dashboard at <c>/orleans</c>. It samples every grain call, so it is off by default.</summary>
    public bool Dashboard { get; set; }
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        List<string> faults = [];
        if (!string.IsNullOrEmpty(options.Otlp) && !(Uri.TryCreate(options.Otlp, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")) faults.Add($"{TelemetryOptions.Section}:Otlp is '{options.Otlp}': write an address such as http://collector:4317.");
        if (!(options.TraceShare >= 0 && options.TraceShare <= 1)) faults.Add($"{TelemetryOptions.Section}:TraceShare is {options.TraceShare}: use 0 to 1.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}
