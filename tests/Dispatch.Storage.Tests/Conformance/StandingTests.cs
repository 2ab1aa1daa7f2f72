using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class StandingTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task Totals_AreReplacedOnlyByLaterOnes_AndTheBoardShowsThem(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (ann, bob) = (await store.WorkerAsync("ann"), await store.WorkerAsync("bob"));
        StandingTotals Of(Guid worker, long sequence, long answer, double successes) => new()
        {
            WorkerId = worker,
            ProjectId = store.Project,
            Sequence = sequence,
            AnswerId = answer,
            Successes = successes,
            Failures = 1.5,
            EffectiveN = 7,
            Answers = 9,
            Handling = TimeSpan.FromSeconds(90),
            MedianHandling = TimeSpan.FromSeconds(8),
            SpeedIndex = 1.5,
            FirstAnswerAt = DateTimeOffset.UnixEpoch,
        };
        await store.Store.SaveTotalsAsync([Of(ann, 5, 10, 1), Of(ann, 4, 11, 2), Of(bob, 1, 1, 3)], default);
        await store.Store.SaveTotalsAsync([Of(ann, 4, 99, 4), Of(bob, 1, 2, 5)], default);
        await store.Store.SaveTotalsAsync([Of(ann, 5, 10, 6)], default);
        await store.Store.SaveTotalsAsync([], default);
        (await store.Store.SetBoardNameAsync(ann, "Lynx", false, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.SetBoardNameAsync(Guid.NewGuid(), "Lynx", true, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);

        var board = (await StoreUnderTest.ListAsync(store.Store.LoadBoardAsync(store.Project, default))).ToDictionary(row => row.Totals.WorkerId);

        board.Count.ShouldBe(2);
        board[ann].ShouldBe(new BoardRow(Of(ann, 5, 10, 1), "Lynx", false, "{}"));
        board[bob].ShouldBe(new BoardRow(Of(bob, 1, 2, 5), null, true, "{}"));
        var worker = (await store.Store.GetWorkerAsync(ann, default))!;
        (worker.BoardName, worker.OnBoard, worker.Version).ShouldBe(("Lynx", false, 2));
        await store.Store.UpdateWorkerAsync(worker with { BoardName = "Fox" }, null, StoreUnderTest.Op(), default);
        (await store.Store.GetWorkerAsync(ann, default))!.BoardName.ShouldBe("Lynx", "who someone is on the board is their own business");
        (await StoreUnderTest.ListAsync(store.Store.LoadBoardAsync(Guid.NewGuid(), default))).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Records_OfProjectAndBatch_KeepPolicyPurposeAndGate(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var project = StoreUnderTest.NewProject(Guid.NewGuid(), "judged") with
        {
            Quality = new QualityPolicy { PriorMean = 0.7, DynamicOverlap = new DynamicOverlapPolicy { Max = 9 }, Rules = [new QualityRule { Name = "r", Collector = QualityCollector.Accuracy, AtLeast = 0.9, Action = QualityAction.Restrict }] },
        };
        await store.Store.CreateProjectAsync(project, StoreUnderTest.Op(), default);
        var batch = StoreUnderTest.NewBatch(Guid.NewGuid(), project.ProjectId, "exam") with { Purpose = BatchPurpose.Exam, Tier = BatchTier.Golden, Gate = "{}" };
        await store.Store.CreateBatchAsync(batch, StoreUnderTest.Op(), default);

        var stored = (await store.Store.GetProjectAsync(project.ProjectId, default))!.Quality;
        (stored.PriorMean, stored.DynamicOverlap!.Max, stored.Rules.ShouldHaveSingleItem().Action).ShouldBe((0.7, 9, QualityAction.Restrict));
        await store.Store.UpdateProjectAsync(project with { Quality = new QualityPolicy { PriorMean = 0.6 } }, null, StoreUnderTest.Op(), default);
        (await store.Store.GetProjectAsync(project.ProjectId, default))!.Quality.PriorMean.ShouldBe(0.6);
        var plainPolicy = (await store.Store.GetProjectAsync(store.Project, default))!.Quality;
        (plainPolicy.PriorMean, plainPolicy.Gold.Reveal, plainPolicy.Rules.Count).ShouldBe((0.8, null, 0), "a project that says nothing has the defaults, and no decision about gold");
        var exam = (await store.Store.GetBatchAsync(batch.BatchId, default))!;
        (exam.Purpose, exam.Gate, exam.GateVersion).ShouldBe((BatchPurpose.Exam, "{}", 1));
        var plain = (await store.Store.GetBatchAsync(store.Batch, default))!;
        (plain.Purpose, plain.Gate, plain.GateVersion).ShouldBe((BatchPurpose.Work, null, 0));
    }
}
