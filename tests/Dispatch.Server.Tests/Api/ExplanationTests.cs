using System.Globalization;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Api;

/// <summary>What a batch asks, why nothing comes, and what became of the time.</summary>
[Collection(nameof(LiveServer))]
public sealed class ExplanationTests(LiveServer server)
{
    private static Selector Level(int atLeast) => new() { Label = "level", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText($"{atLeast}") };

    private Task<TaskExplanationDto> ExplainAsync(Guid batch, string key) => server.GetAsync<TaskExplanationDto>($"batches/{batch}/tasks/explain?key={key}");

    private Task<IdleExplanation> ExplainAsync(Guid worker) => server.GetAsync<IdleExplanation>($"workers/{worker}/explain");

    [Fact]
    public async Task Selectors_OfARunningBatch_KeepOutWhoLacksTheLabelUntilItIsSet()
    {
        var (project, batch) = await server.SeedAsync(1, requires: [Level(3)]);
        await using var ann = await server.AvailableAsync(project);
        var id = ann.Snapshot!.WorkerId;

        var reason = (await ExplainAsync(id)).Reasons.ShouldHaveSingleItem();
        reason.Reason.ShouldBe("selectors");
        reason.Text.ShouldContain("level ≥ 3");
        (await ann.WhyNothingAsync()).Reasons.ShouldHaveSingleItem().Text.ShouldBe(reason.Text, "worker and supervisor are told the same");
        await Eventually.TrueAsync(async () => (await ExplainAsync(batch, "t/1")).IdleWorkers is [{ Reason: "selectors", Workers: 1 }], LiveServer.Patience, "one idle worker, barred by selectors");
        ann.Held.ShouldBeEmpty();

        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/workers/{id}", new UpdateWorkerRequest { Labels = new JsonText("""{"level":3}""") })).IsSuccessStatusCode.ShouldBeTrue();

        (await server.KeyOfAsync(await ann.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
        (await ExplainAsync(id)).Reasons.ShouldHaveSingleItem().Reason.ShouldBe("capacity_full");
    }

    [Fact]
    public async Task Selectors_LoweredOnARunningBatch_LetThoseInWhoWait()
    {
        var (project, batch) = await server.SeedAsync(1, requires: [Level(3)]);
        await using var ann = await server.AvailableAsync(project);
        (await ExplainAsync(ann.Snapshot!.WorkerId)).Reasons.ShouldHaveSingleItem().Reason.ShouldBe("selectors");

        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Requires = [] })).IsSuccessStatusCode.ShouldBeTrue();

        (await server.KeyOfAsync(await ann.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
    }

    [Fact]
    public async Task RelaxRule_AfterItsWait_LetsThoseHaveItWhoMayHaveNothingElse()
    {
        var (project, _) = await server.SeedAsync(1, requires: [Level(3)], rules: [new ExceptionRule { Name = "anybody", Action = RuleAction.Relax, WaitSeconds = 1 }]);
        await using var ann = await server.AvailableAsync(project);

        (await server.KeyOfAsync(await ann.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
    }

    [Fact]
    public async Task CancelRule_AfterItsWait_CountsWhatItCanceled()
    {
        var (_, batch) = await server.SeedAsync(2, rules: [new ExceptionRule { Name = "too old", Action = RuleAction.Cancel, WaitSeconds = 1 }]);

        await Eventually.TrueAsync(async () => (await server.Api.GetBatchAsync(batch)).Canceled == 2, LiveServer.Patience, "both canceled");
        (await server.TaskAsync(batch, "t/1")).State.ShouldBe(TaskState.Canceled);
        var audit = (await server.GetAsync<PageDto<AuditDto>>($"audit/{batch}")).Items[0];
        (audit.Kind, audit.Reason).ShouldBe(("rule.cancel", "Rule 'too old' canceled it: it had waited longer than 1 s. Tasks (2): t/1, t/2"));
        var happened = (await server.GetAsync<TaskExplanationDto>($"batches/{batch}/tasks/explain?key=t/1")).History.ShouldHaveSingleItem();
        (happened.Rule, happened.ActorId, happened.Words).ShouldBe(("too old", null, "Rule 'too old' canceled it: it had waited longer than 1 s."));
    }

    [Fact]
    public async Task Priority_RaisedOnARunningBatch_GoesFirst()
    {
        var (project, _) = await server.SeedAsync(2);
        var later = await server.BatchAsync(project, 2);
        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{later}", new UpdateBatchRequest { Priority = 5 })).IsSuccessStatusCode.ShouldBeTrue();

        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;

        task.BatchId.ShouldBe(later);
    }

    [Fact]
    public async Task CapacityCost_AboveWhatTheWorkerHas_GivesNothingUntilItIsRaised()
    {
        var (project, _) = await server.SeedAsync(2, policy: new DispatchPolicy { CapacityCost = 2 });
        await using var ann = await server.AvailableAsync(project);
        (await ExplainAsync(ann.Snapshot!.WorkerId)).Reasons.ShouldHaveSingleItem().Reason.ShouldBe("capacity_full");

        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/workers/{ann.Snapshot.WorkerId}", new UpdateWorkerRequest { Capacity = 3 })).IsSuccessStatusCode.ShouldBeTrue();

        await ann.NextAsync(LiveServer.Patience);
        ann.Held.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Task_InEachOfItsStates_IsExplained()
    {
        var (project, batch) = await server.SeedAsync(3);
        (await ExplainAsync(batch, "t/3")).ShouldSatisfyAllConditions(
            told => told.Position.ShouldBe(2),
            told => told.Summary.ShouldBe("Nobody is idle; 2 tasks of the batch go before it."));
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        (await ExplainAsync(batch, "t/1")).ShouldSatisfyAllConditions(told => told.Held.ShouldBe(1), told => told.Position.ShouldBeNull(), told => told.Summary.ShouldBe("Every answer it still needs is being worked on."));
        await ann.SubmitAsync(task, Requests.ChooseFirst);
        (await ExplainAsync(batch, "t/1")).Summary.ShouldBe("It has all its answers.");
        await server.Api.ChangeBatchAsync(batch, "pause");
        (await ExplainAsync(batch, "t/3")).Summary.ShouldBe("Its batch is paused, and hands out nothing.");
    }

    [Fact]
    public async Task Position_OfATaskFarBehindWhatTheBatchKeepsAtHand_IsCountedInTheStore()
    {
        var (_, batch) = await server.SeedAsync(2_600);
        foreach (var number in (int[])[2_500, 1_900, 1]) (await ExplainAsync(batch, $"t/{number}")).Position.ShouldBe(number - 1, $"t/{number}");
    }

    [Fact]
    public async Task Question_AboutNothing_IsRefused()
    {
        var (_, batch) = await server.SeedAsync(1);
        await (await server.Boss.GetAsync($"api/v1/batches/{batch}/tasks/explain")).ShouldBeRefusedAsync(400, "malformed_request", "key");
        await (await server.Boss.GetAsync($"api/v1/batches/{batch}/tasks/explain?key=t/99")).ShouldBeRefusedAsync(404, "unknown_task");
        await (await server.Boss.GetAsync($"api/v1/batches/{Guid.NewGuid()}/tasks/explain?key=t/1")).ShouldBeRefusedAsync(404, "unknown_batch");
        await (await server.Boss.GetAsync($"api/v1/workers/{Guid.NewGuid()}/explain")).ShouldBeRefusedAsync(404, "unknown_worker");
        await (await server.Boss.GetAsync($"api/v1/batches/{Guid.NewGuid()}/dead-letters")).ShouldBeRefusedAsync(404, "unknown_batch");
        await (await server.Boss.GetAsync($"api/v1/batches/{Guid.NewGuid()}/late-answers")).ShouldBeRefusedAsync(404, "unknown_batch");
        await (await server.Boss.GetAsync($"api/v1/batches/{batch}/dead-letters?limit=0")).ShouldBeRefusedAsync(400, "value_out_of_range", "limit");
        await (await server.Boss.GetAsync($"api/v1/audit/{batch}?cursor=nonsense")).ShouldBeRefusedAsync(400, "bad_cursor");
    }

    [Fact]
    public async Task Ledger_AfterAnAnswer_AddsUpInJsonAndInCsv()
    {
        var (project, _) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await ann.ShownAsync(task.AssignmentId);
        await ann.SubmitAsync(task, Requests.ChooseFirst);
        await ann.SetActivityAsync(Activity.Break, "lunch");
        await ann.SetActivityAsync(Activity.Offline);
        var path = string.Create(CultureInfo.InvariantCulture, $"workers/{ann.Snapshot!.WorkerId}/ledger?from={Uri.EscapeDataString(task.OfferedAt.AddHours(-1).ToString("O"))}&to={Uri.EscapeDataString(task.OfferedAt.AddHours(1).ToString("O"))}");

        var ledger = await server.GetAsync<LedgerView>(path);

        (ledger.Answers, ledger.KeptAside).ShouldBe((1, 0));
        ledger.HandlingSeconds.ShouldBeGreaterThan(0);
        ledger.BreakSeconds.ShouldBeGreaterThan(0);
        ledger.Entries.Select(entry => entry.Kind).Distinct().ShouldBe(["waiting", "handling", "break"], ignoreOrder: true);
        ledger.Entries.Zip(ledger.Entries.Skip(1)).ShouldAllBe(pair => pair.First.To <= pair.Second.From);
        ledger.Entries.Sum(entry => (entry.To - entry.From).TotalSeconds).ShouldBe(ledger.HandlingSeconds + ledger.PartialSeconds + ledger.BreakSeconds + ledger.WaitingSeconds, 0.001);
        var csv = await server.Boss.GetAsync($"api/v1/{path}&format=csv");
        csv.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        var lines = (await csv.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe("kind,from,to,seconds");
        lines[1..].Select(line => line.Split(',')[0]).ShouldBe(ledger.Entries.Select(entry => entry.Kind));
        (await ann.GetLedgerAsync(ledger.From, ledger.To)).Entries.ShouldBe(ledger.Entries, "the worker sees what the supervisor sees");
    }

    [Theory]
    [InlineData("from=2026-01-01T00:00:00Z", "malformed_request", "to")]
    [InlineData("to=2026-01-01T00:00:00Z", "malformed_request", "from")]
    [InlineData("from=yesterday&to=2026-01-01T00:00:00Z", "malformed_request", "from")]
    [InlineData("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "value_out_of_range", "from")]
    [InlineData("from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "value_out_of_range", "from")]
    [InlineData("from=2025-01-01T00:00:00Z&to=2025-04-03T00:00:01Z", "value_out_of_range", "from")]
    [InlineData("from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", "value_out_of_range", "from")]
    [InlineData("from=9998-01-01T00:00:00Z&to=9998-01-02T00:00:00Z", "value_out_of_range", "from")]
    [InlineData("from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&format=xlsx", "value_out_of_range", "format")]
    public async Task Ledger_OfNoSpan_IsRefused(string query, string code, string place)
    {
        var worker = await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = "ledger", ProjectIds = [] });

        await (await server.Boss.GetAsync($"api/v1/workers/{worker.WorkerId}/ledger?{query}")).ShouldBeRefusedAsync(400, code, place);
        await (await server.Boss.GetAsync($"api/v1/workers/{Guid.NewGuid()}/ledger?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z")).ShouldBeRefusedAsync(404, "unknown_worker");
    }
}
