using System.Diagnostics.Metrics;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Storage;
using Dispatch.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>A worker comes near a gate, gets in, is given golden work, drops, disputes, and is restored: through the real hub, silo and stores.</summary>
public sealed class StandingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public Task Story_OnSqlite() => StoryAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Story_OnPostgreSql() => StoryAsync(postgreSql: true);

    private static async Task StoryAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        using var measured = new Measured(server.Services.GetRequiredService<IMeterFactory>());
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}"));
        var golds = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golds", Gold = new GoldSpec { Use = GoldUse.All } });
        (await server.Api.ImportAsync(golds, Requests.Golds(12, "g"))).Refused.ShouldBe(0);
        var golden = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golden", Tier = BatchTier.Golden });
        (await server.Api.ImportAsync(golden, Requests.Lines(30))).Refused.ShouldBe(0);
        var gate = new GatePolicy { Evidence = new EvidenceClause { Enter = 2.5 }, Accuracy = new AccuracyClause { Threshold = 0.75, Probability = 0.7, StayProbability = 0.7, Hysteresis = 0 }, Rank = new RankClause { Top = 5 }, DwellAnswers = 0, ShareGuard = null };
        await server.Store.SetGateAsync(golden, JsonSerializer.Serialize(gate, DispatchJson.Options), null, Operation("gate"), CancellationToken.None);
        await server.Api.ChangeBatchAsync(golds, "open");
        await server.Api.ChangeBatchAsync(golden, "open");

        await using var worker = await server.ConnectAsync("newcomer", project);
        await worker.SetActivityAsync(Activity.Available);
        var task = await worker.NextAsync(Patience);
        task.Tier.ShouldBe(BatchTier.Standard, "nothing golden comes to somebody of whom nothing is known");

        // The gate looks at the board, and a process reads a board that it has just begun to ask for a moment later: until then no number of golds would open it.
        var standing = await Eventually.GetAsync(async () => await worker.GetStandingAsync(project) is { Gates: [{ CorrectGoldsToPass: not null }] } told ? told : null, Patience, "what would open the gate");
        standing.Gates.ShouldHaveSingleItem().Passes.ShouldBeFalse();

        // Right answers bring the worker in, with the commit of the last of them: the next task is golden.
        while (task.Tier == BatchTier.Standard)
        {
            var result = await worker.SubmitAsync(task, Requests.Choose(task, right: true));
            result.Refusal.ShouldBeNull();
            result.Feedback.ShouldNotBeNull().Score.ShouldBe(1);
            result.Feedback.Accepted.Json.ShouldBe(Requests.Choose(task, right: true).Json);
            task = result.Next ?? await worker.NextAsync(Patience);
        }

        (await GoldsOf(worker, project)).ShouldBeGreaterThanOrEqualTo(3);
        measured.Of("dispatch.gate.decisions").Select(entry => entry.Tag).Distinct().Order().ToArray().ShouldBe(["False", "True"], "shut before, and open now");
        var stamp = (await server.Store.GetGateStampAsync(task.AssignmentId, CancellationToken.None)).ShouldNotBeNull();
        StoredJudgement.Read(stamp.Judgement).ShouldNotBeNull().Fold.LastSequence.ShouldBe(stamp.EvaluationSequence);
        stamp.BoardEpoch.ShouldBeGreaterThan(0);
        var held = task;

        // Wrong evidence of others takes the gate away; the task in hand stays, and the next is not golden.
        var left = Next(worker, change => change.Cause.Left.Contains(golden));
        var evidence = Enumerable.Range(1, 4).Select(i => new OutboxEvaluation(Me(worker), $"review:{i}", project, EvidenceKinds.Review, 0, 1, held.AssignmentId)).ToArray();
        await server.Store.AppendOutboxAsync(evidence, CancellationToken.None);
        await server.Grains.GetGrain<IWorkerGrain>(Me(worker)).EvidenceWaiting();
        (await left.WaitAsync(Patience)).Cause.Kind.ShouldBe(StandingCauseKind.Review);
        worker.Held.ShouldContain(assignment => assignment.AssignmentId == held.AssignmentId);
        var after = await worker.SubmitAsync(held, Requests.Choose(held, right: true));
        after.Refusal.ShouldBeNull();
        var next = after.Next ?? await worker.NextAsync(Patience);
        next.Tier.ShouldBe(BatchTier.Standard);

        // Disputed and upheld, what was wrong is taken out of the fold, and the gate opens again.
        var back = Next(worker, change => change.Cause.Entered.Contains(golden));
        foreach (var row in evidence) (await worker.DisputeAsync(project, held.AssignmentId, row.Source, "It was right.")).Refusal.ShouldBeNull();
        (await worker.DisputeAsync(project, held.AssignmentId, evidence[0].Source, "Again.")).Refusal.ShouldNotBeNull();
        var disputes = await server.Store.ListDisputesAsync(project, null, openOnly: true, null, 10, CancellationToken.None);
        foreach (var dispute in disputes.Items) await server.Store.DecideDisputeAsync(dispute.DisputeId, DisputeState.Upheld, "True.", Operation("decide"), CancellationToken.None);
        await server.Grains.GetGrain<IWorkerGrain>(Me(worker)).EvidenceWaiting();
        (await back.WaitAsync(Patience)).Cause.Kind.ShouldBe(StandingCauseKind.Correction);
        standing = (await worker.GetStandingAsync(project)).ShouldNotBeNull();
        standing.Gates[0].IsIn.ShouldBeTrue();
        standing.Rank.ShouldBe(1);
        standing.Evidence.Single(tally => tally.Source == EvidenceKinds.Review).Rows.ShouldBe(0);
        (await worker.ListEvidenceAsync(project)).Rows.Count(row => row.Kind == EvidenceKinds.Mask).ShouldBe(4);

        var quality = (await server.Grains.GetGrain<IBatchGrain>(golds).GetQuality()).ShouldNotBeNull();
        quality.Accuracy.ShouldBe(1);
        quality.TimedAnswers.ShouldBe(quality.GoldAnswers);
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

    private static async Task<long> GoldsOf(WorkerConnection worker, Guid project) =>
        (await worker.GetStandingAsync(project))!.Evidence.Single(tally => tally.Source == EvidenceKinds.Gold).Rows;

    private static Guid Me(WorkerConnection worker) => worker.Snapshot!.WorkerId;

    /// <summary>The right response is known by its text, wherever it is shown.</summary>
    private static Operation Operation(string kind) => new() { ActorId = Guid.AllBitsSet, OperationId = Guid.NewGuid(), PayloadHash = [1], Kind = kind };
}
