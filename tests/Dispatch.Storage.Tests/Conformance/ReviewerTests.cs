using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class ReviewerTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task List_CountsReviewsComparisonsAndDisputes_OfEachReviewer(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 4);
        (await store.Store.ListReviewersAsync(store.Project, TimeSpan.FromMinutes(10), 10, default)).ShouldBeEmpty();
        var (ann, rita) = (await store.WorkerAsync("ann"), await store.WorkerAsync("rita"));
        var rolf = Guid.NewGuid();
        var ids = await store.TaskIdsAsync();
        foreach (var (task, verdict, reviewer) in ids.Zip([ReviewVerdict.Approve, ReviewVerdict.RejectRemove, ReviewVerdict.Approve, ReviewVerdict.Approve], [rita, rita, rita, rolf]))
        {
            var held = await store.AnsweredAsync(task, ann);
            var review = new NewReview(Guid.NewGuid(), held.AssignmentId, ReviewCause.Sampled);
            await store.Store.AppendReviewsAsync([review], default);
            var source = $"review:{held.AssignmentId:N}:1";
            var decision = new ReviewDecision { ReviewId = review.ReviewId, ReviewerId = reviewer, Verdict = verdict, Score = 1, Evidence = [new OutboxEvaluation(ann, source, store.Project, EvidenceKinds.Review, 1, 1, held.AssignmentId)] };
            (await store.Store.DecideReviewAsync(decision, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
            await store.OwnAgainAsync();
            if (reviewer == rolf) continue;
            await store.Store.DrainOutboxAsync(ann, await LastAsync(store, ann), default);
            var dispute = new DisputeRow { DisputeId = Guid.NewGuid(), WorkerId = ann, ProjectId = store.Project, AssignmentId = held.AssignmentId, Source = source, Reason = "no" };
            (await store.Store.OpenDisputeAsync(dispute, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
            if (verdict == ReviewVerdict.RejectRemove) await store.Store.DecideDisputeAsync(dispute.DisputeId, DisputeState.Upheld, "yes", StoreUnderTest.Op(), default);
        }

        await store.Store.AppendOutboxAsync([Compared(store, rita, 1, 1), Compared(store, rita, 2, 0), Compared(store, rita, 3, 1)], default);
        await store.Store.DrainOutboxAsync(rita, new Dictionary<Guid, long>(), default);

        var rows = await store.Store.ListReviewersAsync(store.Project, TimeSpan.FromMinutes(10), 10, default);
        (rows[0] with { MeanGap = null }).ShouldBe(new ReviewerRow(rita, "rita", 3, 1, 3, 2, 3, 1, null));
        rows[0].MeanGap.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
        rows[1].ShouldBe(new ReviewerRow(rolf, null, 1, 0, 0, 0, 0, 0, null));
        (await store.Store.ListReviewersAsync(store.Project, TimeSpan.Zero, 1, default)).ShouldHaveSingleItem().MeanGap.ShouldBeNull("every gap is a pause");
        (await store.Store.ListReviewersAsync(Guid.NewGuid(), TimeSpan.FromMinutes(10), 10, default)).ShouldBeEmpty();
    }

    private static OutboxEvaluation Compared(StoreUnderTest store, Guid reviewer, int i, double score) => new(reviewer, $"reviewing:{i}", store.Project, EvidenceKinds.Reviewing, score, 1, null);

    private static async Task<Dictionary<Guid, long>> LastAsync(StoreUnderTest store, Guid worker) =>
        (await store.Store.LoadWorkerAsync(worker, default))!.EvaluationSequences.ToDictionary();
}
