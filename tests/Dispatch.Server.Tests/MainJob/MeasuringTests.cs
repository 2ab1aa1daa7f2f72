using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>What dashboards and alerts are made of is really measured while people work.</summary>
public sealed class MeasuringTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Work_IsMeasuredOnItsWay()
    {
        await using var server = await ServerHarness.StartAsync();
        using var measured = new Measured(server.Services.GetRequiredService<IMeterFactory>());
        var (project, batch) = await server.SeedAsync(0);
        await using var worker = await server.ConnectAsync("ann", project);
        await worker.SetActivityAsync(Activity.Available);

        // The worker waits, and work comes; one task is answered, and the next is given back.
        await Eventually.TrueAsync(() => Task.FromResult(measured.Of("dispatch.idle.workers").Sum(entry => entry.Value) == 1), Patience, "somebody waits");
        await server.Api.ImportAsync(batch, Requests.Lines(2));
        var task = await worker.NextAsync(Patience);
        var result = await worker.SubmitAsync(task, Requests.ChooseFirst);
        await worker.ReturnAsync(result.Next ?? await worker.NextAsync(Patience), "not mine");

        measured.Of("dispatch.latency").ShouldNotBeEmpty("the first task came to somebody idle");
        measured.Of("dispatch.latency").ShouldAllBe(entry => entry.Value >= 0 && entry.Value < Patience.TotalSeconds);
        measured.Of("dispatch.lease.ended").Select(entry => entry.Tag).Order().ShouldBe(["returned", "submitted"]);
        measured.Of("dispatch.idle.wait").ShouldNotBeEmpty();
        measured.Of("dispatch.commit.group_size").ShouldAllBe(entry => entry.Value >= 1);
        measured.Of("dispatch.commit.duration").Count.ShouldBe(measured.Of("dispatch.commit.group_size").Count);
        measured.Of("dispatch.commit.operations").Sum(entry => entry.Value).ShouldBe(measured.Of("dispatch.commit.group_size").Sum(entry => entry.Value));
        measured.Of("dispatch.push.delivered").ShouldNotBeEmpty();
        measured.Of("dispatch.hub.call.duration").ShouldContain(entry => entry.Tag == "Submit");
        measured.Observe();
        measured.Of("dispatch.push.connections")[^1].Value.ShouldBe(1);
        measured.Of("dispatch.batch.live")[^1].Value.ShouldBe(1);
    }
}
