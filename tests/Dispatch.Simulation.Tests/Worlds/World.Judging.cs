using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Storage;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>Policies by which people and answers are judged, and what reviewers and supervisors do about it.</summary>
internal sealed partial class World
{
    private QualityPolicy DrawQuality() => new()
    {
        PriorMean = Chance.Of([0.6, 0.8]),
        PriorStrength = Chance.Of([2.0, 8.0]),
        Discount = Chance.Of([1.0, 0.98, 0.9]),
        Gold = new GoldPolicy { RateMin = 0.1, RateBase = Chance.Of([0.1, 0.4]), RateMax = Chance.Of([0.3, 0.8]), ExposuresMax = Chance.Of([1, 3, 100]), Reveal = Chance.Once(0.7) },
        ConsensusWeight = Chance.Of([0.0, 0.1, 0.3]),
        DynamicOverlap = Chance.Once(0.4) ? new DynamicOverlapPolicy { Confidence = Chance.Of([0.8, 0.95]), Max = Chance.Between(2, 5) } : null,
        Review = new ReviewPolicy { SampleShare = Chance.Of([0.0, 0.2]), OnDisagreement = Chance.Once(0.3) },
        Rules = Chance.Once(0.3)
            ? [new QualityRule { Name = "recent gold", Collector = QualityCollector.RecentGold, Window = 3, AtLeast = 0.5, Action = Chance.Of([QualityAction.RaiseGoldRate, QualityAction.AskReviewer, QualityAction.AttentionFlag]), ForSeconds = 60 }]
            : [],
    };

    private void PublishGate(Guid batchId)
    {
        var rank = Chance.Once(0.4);
        var policy = new GatePolicy
        {
            Evidence = Chance.Once(0.7) || !rank ? new EvidenceClause { Enter = Chance.Of([0.5, 1.0, 3.0]) } : null,
            Accuracy = Chance.Once(0.6) ? new AccuracyClause { Threshold = Chance.Of([0.5, 0.7]), Probability = Chance.Of([0.5, 0.8]) } : null,
            Rank = !rank ? null : Chance.Once(0.5) ? new RankClause { Top = Chance.Between(1, 5) } : new RankClause { TopShare = 0.5 },
            Tenure = Chance.Once(0.2) ? new TenureClause { Answers = 2 } : null,
            DwellAnswers = Chance.Between(0, 3),
            ShareGuard = Chance.Once(0.3) ? new ShareGuardPolicy { ShareMax = 0.5, AlwaysAllowed = 2 } : null,
            Release = ByTime(1) == 0 ? new GateRelease() : Chance.Between(0, 2) switch
            {
                0 => new GateRelease(),
                1 => new GateRelease { Kind = ReleaseKind.Release, AfterSeconds = Chance.Between(5, 30) },
                _ => new GateRelease { Kind = ReleaseKind.Widen, AfterSeconds = Chance.Between(5, 20), EverySeconds = 5, Steps = [new GateStep { Name = "open", Without = [GateClauseKind.Evidence, GateClauseKind.Accuracy, GateClauseKind.Rank, GateClauseKind.Tenure] }] },
            },
        };
        _ = Store.SetGateAsync(batchId, JsonSerializer.Serialize(policy, DispatchJson.Options), null, Operation("gate"), CancellationToken.None);
        Standings.Published(Store.Batches[batchId].Record);
    }

    /// <summary>Somebody decides: a dispute, a review, an accepted answer that was wrong, a gate.</summary>
    private async void Judge()
    {
        var store = Chance.Of(Cluster.Processes).Store;
        try
        {
            switch (Chance.Between(0, 4))
            {
                case 0:
                    var disputes = await store.ListDisputesAsync(_project, null, openOnly: true, null, 10, CancellationToken.None);
                    if (disputes.Items.Count == 0) break;
                    var dispute = Chance.Of(disputes.Items);
                    await store.DecideDisputeAsync(dispute.DisputeId, Chance.Once(0.7) ? DisputeState.Upheld : DisputeState.Dismissed, "looked at it", Operation("decide"), CancellationToken.None);
                    HintEvidence(dispute.WorkerId);
                    break;
                case 1 or 2:
                    var reviews = await store.ListReviewsAsync(_project, null, null, null, 10, CancellationToken.None);
                    if (reviews.Items.Count == 0) break;
                    await ReviewAsync(store, Chance.Of(reviews.Items));
                    break;
                case 3:
                    var gold = Store.Tasks.Values.Where(task => task.IsGold).Take(20).ToArray();
                    if (gold.Length == 0) break;
                    var corrected = Chance.Of(gold);
                    if (Chance.Once(0.5)) await store.CorrectGoldAsync(corrected.BatchId, corrected.Key, "\"b\"", Operation("correct"), CancellationToken.None);
                    else if (corrected.IsControl) await store.RetireGoldAsync(corrected.BatchId, corrected.Key, retired: true, Operation("retire"), CancellationToken.None);
                    break;
                case 4:
                    if (_batches.Find(id => Store.Batches[id].Record.Tier == BatchTier.Golden) is { } golden && golden != Guid.Empty) PublishGate(golden);
                    break;
            }
        }
        catch (StoreUnavailableException)
        {
            // Whoever decides would send it again; here it may as well be left.
        }
    }

    private async Task ReviewAsync(IDispatchStore store, ReviewRow review)
    {
        var verdict = Chance.Of([ReviewVerdict.Approve, ReviewVerdict.Approve, ReviewVerdict.FixAndApprove, ReviewVerdict.RejectRequeue, ReviewVerdict.RejectRemove]);
        var score = verdict == ReviewVerdict.Approve ? 1 : 0;
        await store.DecideReviewAsync(
            new ReviewDecision
            {
                ReviewId = review.ReviewId,
                ReviewerId = _project,
                Verdict = verdict,
                Score = score,
                FixedAnswer = verdict == ReviewVerdict.FixAndApprove ? "\"a\"" : null,
                FixedVote = verdict == ReviewVerdict.FixAndApprove ? "a" : null,
                Evidence = [new OutboxEvaluation(review.WorkerId, $"{EvidenceKinds.Review}:{review.ReviewId:D}", _project, EvidenceKinds.Review, score, 1, review.AssignmentId)],
            },
            Operation("review"), CancellationToken.None);
        HintEvidence(review.WorkerId);
    }

    private void HintEvidence(Guid workerId) => _ = Chance.Of(Cluster.Processes).Actors.Worker(workerId).EvidenceWaiting();
}
