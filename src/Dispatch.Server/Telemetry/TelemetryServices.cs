using System.Globalization;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Push;
using Dispatch.Server.Hubs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orleans.Dashboard;

namespace Dispatch.Server.Telemetry;

/// <summary>
/// Metrics, traces and logs by OpenTelemetry. Its environment variables (<c>OTEL_*</c>) mean here what the standard says. The Prometheus endpoint has no stable
/// package, so a collector takes OTLP and offers it to Prometheus.
/// </summary>
internal static class TelemetryServices
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static readonly double[] Latencies = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Waits = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
    private static readonly double[] Groups = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

    /// <summary>Whether something collects this signal. <c>Dispatch:Telemetry:Otlp</c> or the standard's own variables name the collector.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="signal">The signal.</param>
    public static bool IsCollected(IConfiguration configuration, TelemetrySignal signal)
    {
        var name = signal.ToString().ToUpperInvariant();
        return !(bool.TryParse(configuration["OTEL_SDK_DISABLED"], out var isDisabled) && isDisabled)
            && configuration[$"OTEL_{name}_EXPORTER"] is null or "" or "otlp"
            && ((string?[])[configuration[$"{TelemetryOptions.Section}:Otlp"], configuration[OtlpEndpoint], configuration[$"OTEL_EXPORTER_OTLP_{name}_ENDPOINT"]]).Any(address => !string.IsNullOrEmpty(address));
    }

    public static void AddDispatchTelemetry(this WebApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddSingleton<HubInstruments>();
        services.AddSingleton<PushInstruments>();
        services.AddHostedService<ServerInstruments>();
        if (!Enum.GetValues<TelemetrySignal>().Any(signal => IsCollected(configuration, signal))) return;

        // The exporter reads the standard's variables itself: protocol, headers, timeouts, an address for each signal. The setting of Dispatch stands for the first of them.
        if (configuration[$"{TelemetryOptions.Section}:Otlp"] is { Length: > 0 } collector) configuration[OtlpEndpoint] = collector;
        var telemetry = services.AddOpenTelemetry().UseOtlpExporter().ConfigureResource(resource => resource
            .AddService("dispatch", serviceInstanceId: $"{Environment.MachineName}/{Environment.ProcessId}")
            .AddEnvironmentVariableDetector()); // behind the names given here, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
        if (IsCollected(configuration, TelemetrySignal.Metrics)) telemetry.WithMetrics(Measure);
        if (IsCollected(configuration, TelemetrySignal.Traces)) telemetry.WithTracing(traces => Trace(traces, configuration));
        if (IsCollected(configuration, TelemetrySignal.Logs)) telemetry.WithLogging(configureBuilder: null, logs => logs.IncludeFormattedMessage = true);
    }

    private static void Measure(MeterProviderBuilder metrics) => metrics
        .AddMeter(CommitInstruments.Meter, IdleInstruments.Meter, BatchInstruments.Meter, GateInstruments.Meter, LeaseInstruments.Meter, PushInstruments.Meter, HubInstruments.Meter)
        .AddMeter(ServerInstruments.Meter, "Microsoft.Orleans", "Npgsql")
        .AddAspNetCoreInstrumentation()
        .AddRuntimeInstrumentation()
        .AddView("dispatch.hub.call.duration", new ExplicitBucketHistogramConfiguration { Boundaries = Latencies })
        .AddView("dispatch.commit.duration", new ExplicitBucketHistogramConfiguration { Boundaries = Latencies })
        .AddView("dispatch.latency", new ExplicitBucketHistogramConfiguration { Boundaries = Latencies })
        .AddView("dispatch.idle.wait", new ExplicitBucketHistogramConfiguration { Boundaries = Waits })
        .AddView("dispatch.commit.group_size", new ExplicitBucketHistogramConfiguration { Boundaries = Groups });

    private static void Trace(TracerProviderBuilder traces, IConfiguration configuration)
    {
        traces
            .AddSource("Microsoft.Orleans.Application", "Npgsql")
            .AddAspNetCoreInstrumentation(options => options.Filter = context => !context.Request.Path.StartsWithSegments("/health"));

        // A sampler that is set here would win over the standard's variable.
        if (!string.IsNullOrEmpty(configuration["OTEL_TRACES_SAMPLER"])) return;
        var share = double.TryParse(configuration[$"{TelemetryOptions.Section}:TraceShare"], CultureInfo.InvariantCulture, out var wanted) ? wanted : new TelemetryOptions().TraceShare;
        traces.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(Math.Clamp(share, 0, 1))));
    }

    /// <summary>The dashboard's page, for admins and nobody else.</summary>
    public static void MapDispatchDashboard(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value.Dashboard)
        {
            app.MapOrleansDashboard("/orleans").RequireAuthorization(new AuthorizeAttribute { Roles = Roles.Admin });
        }
    }
}
