using System.Security.Cryptography;
using Dispatch.Client;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.TestKit;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dispatch.Cluster.Tests.Deploy;

/// <summary>What a collector gets of a real server at work, under the names that the dashboard and the alerts ask for.</summary>
public sealed class TelemetryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Otlp_BringsTheMetricsAndTracesOfAShift()
    {
        await using var collector = await OtlpReceiver.StartAsync(FreePort.Next(), HttpProtocols.Http2);
        await WorkAsync(
            new() { ["Dispatch__Telemetry__Otlp"] = collector.Address.ToString(), ["Dispatch__Telemetry__TraceShare"] = "1" },
            async () =>
            {
                foreach (var metric in (string[])
                [
                    "dispatch.hub.call.duration", "dispatch.commit.duration", "dispatch.commit.group_size", "dispatch.commit.operations", "dispatch.latency",
                    "dispatch.lease.ended", "dispatch.lease.held", "dispatch.queue.depth", "dispatch.queue.age_queued", "dispatch.queue.dead", "dispatch.batch.live",
                    "dispatch.idle.workers", "dispatch.idle.wait", "dispatch.push.connections", "dispatch.push.delivered", "dispatch.server.up",
                ])
                {
                    await HearsAsync(collector, "MetricsService", metric);
                }

                await HearsAsync(collector, "TraceService", "IWorkerGrain/Submit");
                collector.Has("MetricsService", "service.name").ShouldBeTrue();
                collector.Has("MetricsService", "dispatch.no_such_metric").ShouldBeFalse();
            });
    }

    [Fact]
    public async Task VariablesOfTheStandard_AreHonoured_OverPlainHttp()
    {
        await using var collector = await OtlpReceiver.StartAsync(FreePort.Next(), HttpProtocols.Http1);
        await WorkAsync(
            new()
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_SERVICE_NAME"] = "ratings-of-the-north",
                ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=trial",
                ["OTEL_TRACES_SAMPLER"] = "always_on",
                ["OTEL_BLRP_SCHEDULE_DELAY"] = "500",
            },
            async () =>
            {
                await HearsAsync(collector, "/v1/metrics", "dispatch.hub.call.duration");
                await HearsAsync(collector, "/v1/traces", "IWorkerGrain/Submit");
                await HearsAsync(collector, "/v1/logs", "Application started");
                foreach (var path in (string[])["/v1/metrics", "/v1/traces", "/v1/logs"])
                {
                    collector.Has(path, "ratings-of-the-north").ShouldBeTrue(path);
                    collector.Has(path, "trial").ShouldBeTrue(path);
                }
            });
    }

    [Fact]
    public async Task SignalThatIsSwitchedOff_IsNotSent()
    {
        await using var collector = await OtlpReceiver.StartAsync(FreePort.Next(), HttpProtocols.Http1);
        await WorkAsync(
            new()
            {
                ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = new Uri(collector.Address, "/only/metrics").ToString(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address.ToString(),
                ["OTEL_TRACES_EXPORTER"] = "none",
                ["OTEL_TRACES_SAMPLER"] = "always_on",
            },
            async () =>
            {
                await HearsAsync(collector, "/only/metrics", "dispatch.hub.call.duration");
                collector.Has("/v1/traces", "").ShouldBeFalse();
            });
    }

    private static Task HearsAsync(OtlpReceiver collector, string service, string word) =>
        Eventually.TrueAsync(() => Task.FromResult(collector.Has(service, word)), Patience, $"the collector hears of {word} at {service}");

    /// <summary>Runs a server with some settings, has one answer given, and then checks.</summary>
    private static async Task WorkAsync(Dictionary<string, string?> settings, Func<Task> check)
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-otlp-").FullName;
        try
        {
            var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
            await using var server = ServerProcess.Start(
                new Dictionary<string, string?>(settings)
                {
                    ["ASPNETCORE_ENVIRONMENT"] = "Development",
                    ["Dispatch__Store"] = "sqlite",
                    ["Dispatch__SqlitePath"] = Path.Combine(folder, "one.db"),
                    ["Dispatch__Auth__SigningKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
                    ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
                    ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
                },
                "--urls", address.ToString());
            await server.WaitForLineAsync("Application started", Patience);
            await AnswerOneAsync(address);
            await check();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Somebody waits, work comes, and one answer is given.</summary>
    private static async Task AnswerOneAsync(Uri address)
    {
        using var http = new HttpClient { BaseAddress = address };
        var api = new DispatchApi(http);
        api.Token = (await api.GetDevTokenAsync(new DevTokenRequest { Name = "boss", Roles = [Roles.Admin] })).Token;
        var project = await api.CreateProjectAsync(new CreateProjectRequest { Name = "project", Form = TestCluster.PlainForm });
        var batch = await api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch", Overlap = 1 });
        await api.ChangeBatchAsync(batch, "open");
        var token = await api.GetDevTokenAsync(new DevTokenRequest { Name = "ann", ProjectIds = [project] });
        await using var ann = new WorkerConnection(new WorkerConnectionOptions { Server = address, AccessToken = () => Task.FromResult<string?>(token.Token) });
        await ann.StartAsync();
        await ann.SetActivityAsync(Activity.Available);
        await api.ImportAsync(batch, TestCluster.Lines(["one", "two"]));
        await Eventually.TrueAsync(() => Task.FromResult(ann.Held.Count > 0), Patience, "a task is pushed");
        (await ann.SubmitAsync(ann.Held[0], new JsonText("""{"choice":"1"}"""))).Refusal.ShouldBeNull();
    }
}
