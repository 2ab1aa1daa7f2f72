using System.Globalization;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Push;
using Dispatch.Server.Hubs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orleans.Dashboard;

namespace Dispatch.Server.Telemetry;

/// <summary>Metrics and traces by OpenTelemetry. The Prometheus endpoint has no stable package, so a collector takes OTLP and offers it to Prometheus.</summary>
internal static class TelemetryServices
{
    private static readonly double[] Latencies = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] Waits = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
    private static readonly double[] Groups = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

    /// <summary>Where metrics and traces go; null when nobody collects them.</summary>
    /// <param name="configuration">The configuration.</param>
    public static Uri? CollectorOf(IConfiguration configuration) => Uri.TryCreate(configuration[$"{TelemetryOptions.Section}:Otlp"], UriKind.Absolute, out var otlp) ? otlp : null;

    public static void AddDispatchTelemetry(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<TelemetryOptions>().BindConfiguration(TelemetryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddSingleton<HubInstruments>();
        services.AddSingleton<PushInstruments>();
        if (CollectorOf(builder.Configuration) is not { } otlp) return;
        var share = double.TryParse(builder.Configuration[$"{TelemetryOptions.Section}:TraceShare"], CultureInfo.InvariantCulture, out var wanted) ? wanted : new TelemetryOptions().TraceShare;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("dispatch", serviceInstanceId: $"{Environment.MachineName}/{Environment.ProcessId}"))
            .WithMetrics(metrics => metrics
                .AddMeter(CommitInstruments.Meter, IdleInstruments.Meter, BatchInstruments.Meter, GateInstruments.Meter, LeaseInstruments.Meter, PushInstruments.Meter, HubInstruments.Meter, "Microsoft.Orleans", "Npgsql")
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddView("dispatch.hub.call.duration", new ExplicitBucketHistogramConfiguration { Boundaries = Latencies })
                .AddView("dispatch.commit.duration", new ExplicitBucketHistogramConfiguration { Boundaries = Latencies })
                .AddView("dispatch.latency", new ExplicitBucketHistogramConfiguration { Boundaries = Latencies })
                .AddView("dispatch.idle.wait", new ExplicitBucketHistogramConfiguration { Boundaries = Waits })
                .AddView("dispatch.commit.group_size", new ExplicitBucketHistogramConfiguration { Boundaries = Groups })
                .AddOtlpExporter(exporter => exporter.Endpoint = otlp))
            .WithTracing(traces => traces
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(Math.Clamp(share, 0, 1))))
                .AddSource("Microsoft.Orleans.Application", "Npgsql")
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !context.Request.Path.StartsWithSegments("/health"))
                .AddOtlpExporter(exporter => exporter.Endpoint = otlp));
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
