using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Server.Tests.Quality;

/// <summary>What changes while somebody is at work is told at once: gates, instructions, and being overtaken, without another answer.</summary>
public sealed class NewsAtWorkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Gate_SetChangedAndRemoved_IsToldWithItsCause(bool reveal)
    {
        await using var server = await ServerHarness.StartAsync();
        using var http = ClientOf(server);
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = new QualityPolicy { Gold = new GoldPolicy { Reveal = reveal } } });
        var golden = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "fine work", Tier = BatchTier.Golden });
        await server.Api.ImportAsync(golden, Requests.Lines(3));
        await server.Api.ChangeBatchAsync(golden, "open");
        var work = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "work" });
        await server.Api.ImportAsync(work, Requests.Lines(3));
        await server.Api.ChangeBatchAsync(work, "open");
        await using var worker = await server.ConnectAsync("at work", project);
        await worker.SetActivityAsync(Activity.Available);
        await worker.NextAsync(Patience);

        // The process has looked once before anything changes: what it has not seen, it cannot compare with.
        await worker.GetStandingAsync(project);
        await server.Services.GetRequiredService<Grains.ProjectWatch>().LookAsync();

        var path = $"/api/v1/batches/{golden}/gate";
        await TellsAsync(() => SendAsync(http, HttpMethod.Put, path, new GatePolicy { Evidence = new EvidenceClause { Enter = 12 } }), "has a gate now", gates: 1);
        await TellsAsync(() => SendAsync(http, HttpMethod.Put, path, new GatePolicy { Evidence = new EvidenceClause { Enter = 13 } }), "was changed", gates: 1);
        await TellsAsync(() => SendAsync(http, HttpMethod.Delete, path, null), "was removed", gates: 0);

        async Task TellsAsync(Func<Task> change, string words, int gates)
        {
            var came = new TaskCompletionSource<StandingChanged>(TaskCreationOptions.RunContinuationsAsynchronously);
            void Heard(StandingChanged push)
            {
                if (push.Cause.Kind == StandingCauseKind.Policy) came.TrySetResult(push);
            }

            worker.StandingChanged += Heard;
            await change();
            var push = await came.Task.WaitAsync(Patience);
            worker.StandingChanged -= Heard;
            push.Cause.Text.ShouldContain(words, Case.Sensitive);
            push.Cause.Text.ShouldContain("fine work", Case.Sensitive);
            push.Standing.Gates.Count.ShouldBe(gates);
        }
    }

    [Fact]
    public async Task Instructions_AreToldWithTheNewProject_AndWhatIsHeldKeepsItsVersion()
    {
        await using var server = await ServerHarness.StartAsync();
        using var http = ClientOf(server);
        var request = Requests.Preference($"project {Guid.NewGuid():N}");
        var project = await server.Api.CreateProjectAsync(request);
        var work = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "work" });
        await server.Api.ImportAsync(work, Requests.Lines(3));
        await server.Api.ChangeBatchAsync(work, "open");
        await using var worker = await server.ConnectAsync("reader", project);
        await worker.SetActivityAsync(Activity.Available);
        var held = await worker.NextAsync(Patience);
        await server.Services.GetRequiredService<Grains.ProjectWatch>().LookAsync();
        var came = new TaskCompletionSource<ProjectChanged>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.ProjectChanged += push => came.TrySetResult(push);

        await SendAsync(http, HttpMethod.Put, $"/api/v1/projects/{project}", request with { Instructions = "Choose the shorter one." });
        var told = await came.Task.WaitAsync(Patience);
        (told.Project.Instructions, told.Project.Version).ShouldBe(("Choose the shorter one.", 2));
        told.Text.ShouldContain("instructions", Case.Insensitive);
        (await worker.GetProjectAsync(project))!.Instructions.ShouldBe("Choose the shorter one.", "the SDK gives the new one from now on");

        var again = await server.Grains.GetGrain<Grains.IWorkerGrain>(worker.Snapshot!.WorkerId).Heartbeat();
        again.ShouldNotBeNull();
        held.ProjectVersion.ShouldBe(1);
        await using var tab = await server.ConnectAsync("reader", project);
        tab.Snapshot!.Assignments.Single(assignment => assignment.AssignmentId == held.AssignmentId).ProjectVersion.ShouldBe(1, "it was handed out under that");
        var next = (await worker.SubmitAsync(held, Requests.ChooseFirst)).Next ?? await worker.NextAsync(Patience);
        next.ProjectVersion.ShouldBe(2);
    }

    [Fact]
    public async Task Overtaken_IsTold_WithoutAnAnswer()
    {
        await using var server = await ServerHarness.StartAsync();
        using var http = ClientOf(server);
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}"));
        var golden = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "for the first", Tier = BatchTier.Golden });
        await server.Api.ChangeBatchAsync(golden, "open");
        await SendAsync(http, HttpMethod.Put, $"/api/v1/batches/{golden}/gate", new GatePolicy { Rank = new RankClause { Top = 1 }, DwellAnswers = 0, ShareGuard = null });
        var golds = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golds", Overlap = 2, Gold = new GoldSpec { Use = GoldUse.All } });
        await server.Api.ImportAsync(golds, Requests.Golds(30, "g"));
        await server.Api.ChangeBatchAsync(golds, "open");

        await using var first = await server.ConnectAsync("first", project);
        var (entered, left) = (Next(first, change => change.Cause.Entered.Contains(golden)), Next(first, change => change.Cause.Left.Contains(golden)));
        await first.SetActivityAsync(Activity.Available);
        var task = await first.NextAsync(Patience);

        // Whoever is at work enters by an answer, once the board has published them: how many answers that takes is the board's pace.
        var given = 0;
        while (!entered.IsCompleted && given < 12)
        {
            task = (await first.SubmitAsync(task, Requests.Choose(task, right: true))).Next ?? await first.NextAsync(Patience);
            given++;
            if (given >= 3) await Task.WhenAny(entered, entered.WaitAsync(TimeSpan.FromSeconds(2)));
        }

        await entered.WaitAsync(Patience);

        // The other has more right answers, and the first gives none meanwhile.
        await using var second = await server.ConnectAsync("second", project);
        await second.SetActivityAsync(Activity.Available);
        var other = await second.NextAsync(Patience);
        for (var answers = 0; answers < given + 5; answers++) other = (await second.SubmitAsync(other, Requests.Choose(other, right: true))).Next ?? await second.NextAsync(Patience);
        var change = await left.WaitAsync(Patience);
        change.Cause.Kind.ShouldBe(StandingCauseKind.Board);
        change.Cause.Text.ShouldContain("passed", Case.Sensitive);
        first.Held.ShouldContain(held => held.AssignmentId == task.AssignmentId, "what is in hand stays");
    }

    private static Task<StandingChanged> Next(WorkerConnection worker, Func<StandingChanged, bool> fits)
    {
        var came = new TaskCompletionSource<StandingChanged>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.StandingChanged += change =>
        {
            if (fits(change)) came.TrySetResult(change);
        };
        return came.Task;
    }

    private static HttpClient ClientOf(ServerHarness server)
    {
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Api.Token);
        return client;
    }

    private static async Task SendAsync(HttpClient client, HttpMethod method, string path, object? body)
    {
        using var message = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: DispatchJson.Options) };
        message.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var response = await client.SendAsync(message);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync());
    }
}
