using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Dispatch.TestKit.Model;

namespace Dispatch.Storage.Tests.Agreement;

/// <summary>What is learned, judged, reviewed and decided.</summary>
internal sealed partial class AgreementRun
{
    private readonly Guid[] _reviewers;
    private readonly Guid _otherProject;
    private readonly List<Guid> _reviews = [];
    private readonly List<Guid> _disputes = [];
    private readonly List<Guid> _restrictions = [];

    private async Task<string> QualitySideAsync()
    {
        switch (_random.Next(15))
        {
            case 0 or 1:
                OutboxEvaluation[] learned = [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Evidence(Of(_workers)))];
                await BothAsync(store => DoneAsync(store.AppendOutboxAsync(learned, default)));
                return "learned";
            case 2 or 3:
                return await DrainAsync();
            case 4 or 5 or 6:
                return await CommitAsync(Judge());
            case 7:
                if (AnAnswer() is not { } answered) return "nothing";
                var review = Review(answered.AssignmentId);
                await BothAsync(store => DoneAsync(store.AppendReviewsAsync([review], default)));
                return $"review of pass {review.Pass}";
            case 8 or 9 or 10:
                return await DecideAsync();
            case 11:
                return await DisputeAsync();
            case 12:
                return await ExamineAsync();
            default:
                return await SteerAsync();
        }
    }

    private async Task<string> DrainAsync()
    {
        List<OutboxDrain> asked = [];
        foreach (var worker in _workers.Where(_ => Once(0.4)))
        {
            Dictionary<Guid, long> last = [];
            foreach (var project in (Guid[])[_under.Project, _otherProject])
            {
                // Now and then by a life of the worker's grain that missed the last one.
                if (LastSequence(worker, project) - (Once(0.1) ? 1 : 0) is > 0 and var sequence) last[project] = sequence;
            }

            asked.Add(new OutboxDrain(worker, last));
        }

        await BothAsync(async store => Lines((await store.DrainOutboxAsync(asked, default)).SelectMany((drained, i) => drained.Rows.Select(Described).Prepend($"{asked[i].WorkerId} {drained.IsBehind}"))));
        return "drained";
    }

    private JudgeOperation Judge()
    {
        var ripe = _model.Tasks.Values.Where(task => task is { State: TaskState.Completed, Judged: false }).ToArray();
        var task = ripe.Length > 0 && Once(0.9) ? Of(ripe) : Of(_model.Tasks.Values.ToArray());
        var asks = Once(0.3);
        return new JudgeOperation
        {
            BatchId = task.BatchId,
            OwnerEpoch = EpochOf(task.BatchId),
            TaskId = task.TaskId,
            AnswersSeen = task.Counted + (Once(0.1) ? 1 : 0),
            AskOneMore = asks,
            OverlapMax = task.Overlap + _random.Next(2),
            Verdict = asks ? null : new TaskVerdict { TaskId = task.TaskId, Label = Once(0.8) ? "a" : null, Confidence = Once(0.8) ? 0.5 : null, Values = "[[1]]", Answers = task.Counted },
            Evidence = [.. task.Assignments.Where(held => held.Counted).Select(held => Evidence(held.WorkerId, held.AssignmentId))],
            Reviews = [.. task.Assignments.Where(held => held.Counted && Once(0.3)).Select(held => Review(held.AssignmentId))],
        };
    }

    private async Task<string> DecideAsync()
    {
        if (_reviews.Count == 0) return "nothing";
        var waiting = (await _model.ListReviewsAsync(_under.Project, null, null, null, 100, default)).Items;
        var reviewId = waiting.Count > 0 && Once(0.9) ? Of(waiting).ReviewId : Of(_reviews);
        if (await _model.GetReviewAsync(reviewId, default) is not { } review) return "nothing";
        var verdict = Of([ReviewVerdict.Approve, ReviewVerdict.FixAndApprove, ReviewVerdict.RejectRequeue, ReviewVerdict.RejectRemove]);
        var decision = new ReviewDecision
        {
            ReviewId = reviewId,
            ReviewerId = Of(_reviewers),
            Verdict = verdict,
            Score = _random.Next(2),
            FixedAnswer = verdict == ReviewVerdict.FixAndApprove ? """{"choice":"b"}""" : null,
            FixedVote = verdict == ReviewVerdict.FixAndApprove && Once(0.8) ? "b" : null,
            Note = Once(0.5) ? "see the guide" : null,
            Evidence = Once(0.7) ? [Evidence(review.WorkerId, review.AssignmentId)] : [],
            NextPass = Once(0.4) ? new NewReview(NewReviewId(), review.AssignmentId, ReviewCause.SecondPass, review.Pass + 1) : null,
        };
        var operation = Op(decision.ReviewerId) with { AuditSubject = review.WorkerId, Reason = "because" };
        await BothAsync(store => store.DecideReviewAsync(decision, operation, default));
        if (Once(0.1)) await BothAsync(store => store.DecideReviewAsync(decision, operation, default));
        return $"{verdict}, pass {review.Pass}";
    }

    private async Task<string> DisputeAsync()
    {
        var worker = Of(_workers);
        if (_disputes.Count > 0 && Once(0.5))
        {
            var (id, state, decided) = (Of(_disputes), Of([DisputeState.Upheld, DisputeState.Dismissed]), Op(Of(_reviewers)));
            await BothAsync(store => store.DecideDisputeAsync(id, state, "looked again", decided, default));
            return $"dispute {state}";
        }

        var evaluations = _model.Workers[worker].Evaluations;
        var disputed = evaluations.Count > 0 && Once(0.9) ? Of(evaluations) : null;
        var (dispute, operation) = (new DisputeRow
        {
            DisputeId = NewId(),
            WorkerId = worker,
            ProjectId = disputed?.ProjectId ?? _under.Project,
            AssignmentId = disputed?.AssignmentId ?? NewId(),
            Source = disputed?.Source ?? "no such source",
            Reason = "I was right",
        }, Op(worker));
        _disputes.Add(dispute.DisputeId);
        await BothAsync(store => store.OpenDisputeAsync(dispute, operation, default));
        return "disputed";
    }

    private async Task<string> SteerAsync()
    {
        var (batch, worker, operation) = (Of(_batches), Of(_workers), Op(Of(_reviewers)));
        var key = Once(0.9) ? Of(_model.Batches[batch].ByKey.Keys.Order(StringComparer.Ordinal).ToArray()) : "no such key";
        switch (_random.Next(8))
        {
            case 0:
                var retired = Once(0.25);
                await BothAsync(store => store.RetireGoldAsync(batch, key, retired, operation, default));
                return $"retired {retired}";
            case 1:
                await BothAsync(store => store.CorrectGoldAsync(batch, key, "\"b\"", operation, default));
                return "gold corrected";
            case 2:
                var (gate, expected) = (Once(0.7) ? """{"clauses":[]}""" : null, Once(0.3) ? _model.Batches[batch].Record.Version - _random.Next(2) : (int?)null);
                await BothAsync(store => store.SetGateAsync(batch, gate, expected, operation, default));
                return "gate";
            case 3:
                GateEvent left = new() { WorkerId = worker, BatchId = batch, ProjectId = _under.Project, Entered = false, EvaluationSequence = LastSequence(worker), Answers = 3, BoardEpoch = 2, PolicyVersion = 1, Judgement = "[]" };
                GateEvent[] events = [left, left with { BatchId = _batches[2], Entered = Once(0.5) }];
                await BothAsync(store => DoneAsync(store.AppendGateEventsAsync(events, default)));
                return "gate events";
            case 4:
                return await RestrictAsync(worker, batch, operation);
            case 5:
                StandingTotals[] totals = [Totals(worker), Totals(worker), Totals(Of(_workers))];
                await BothAsync(store => DoneAsync(store.SaveTotalsAsync(totals, default)));
                return "totals";
            case 6:
                var (named, name, onBoard) = (Once(0.9) ? worker : _otherProject, Once(0.5) ? "Lynx" : null, Once(0.5));
                await BothAsync(store => store.SetBoardNameAsync(named, name, onBoard, operation, default));
                return "board name";
            default:
                var version = 1 + ((await _model.GetPriorAsync(_under.Project, default))?.Version ?? 0) + (Once(0.8) ? 0 : 1);
                if (version > 1 && await _model.GetPriorAsync(_under.Project, default) is null) return "nothing";
                await BothAsync(async store => (await store.AppendPriorAsync(new PoolPrior(_under.Project, version, 0.7, 8, default), default)).Version);
                return "prior";
        }
    }

    private static async Task<string> AskAgainAsync(IDispatchStore store, Guid id, Guid about, int size, Operation operation)
    {
        var begun = await store.BeginAskAgainAsync(id, about, operation with { Reason = "many wrong" }, default);
        while (await store.StepAskAgainAsync(id, size, default) is { } step)
        {
            if (step.IsDone) return $"{begun.Status} {step.Tasks} {step.Remaining}";
        }

        return $"{begun.Status}";
    }

    private async Task<string> RestrictAsync(Guid worker, Guid batch, Operation operation)
    {
        if (_restrictions.Count > 0 && Once(0.4))
        {
            var lifted = Of(_restrictions);
            await BothAsync(store => store.LiftRestrictionAsync(lifted, operation, default));
            return "lifted";
        }

        if (_restrictions.Count > 0 && Once(0.3))
        {
            var (askedAgain, about, size) = (NewId(), Of(_restrictions), 1 + _random.Next(3));
            await BothAsync(store => AskAgainAsync(store, askedAgain, about, size, operation));
            return "asked again";
        }

        if (_restrictions.Count > 0 && Once(0.3))
        {
            var looked = Of(_restrictions);
            await BothAsync(store => store.AcknowledgeFlagAsync(looked, operation, default));
            return "acknowledged";
        }

        var row = new RestrictionRow
        {
            RestrictionId = NewId(),
            WorkerId = worker,
            ProjectId = _under.Project,
            BatchId = Once(0.5) ? batch : null,
            Action = Once(0.5) ? QualityAction.Restrict : QualityAction.AttentionFlag,
            Rule = $"rule {_random.Next(2)}",
            Sequence = _random.Next(3),
            Reason = "too many wrong",
            For = Once(0.3) ? null : NoneOrHour(0.3),
        };
        _restrictions.Add(row.RestrictionId);
        await BothAsync(async store => Lines((await store.AppendRestrictionsAsync([row, row], default)).Select(Described)));
        return "restricted";
    }

    private OutboxEvaluation Evidence(Guid worker, Guid? assignment = null)
    {
        var known = _model.Workers[worker].Evaluations;
        var masks = !Once(0.3) ? null : known.Count > 0 && Once(0.7) ? Of(known).Source : $"review:{_random.Next(6)}";
        var kind = masks is null ? Of([EvidenceKinds.Review, EvidenceKinds.Consensus, EvidenceKinds.Gold, EvidenceKinds.Exam]) : EvidenceKinds.Mask;
        return new OutboxEvaluation(worker, masks is null ? $"review:{_random.Next(12)}" : $"mask:{_random.Next(12)}", Once(0.85) ? _under.Project : _otherProject, kind, _random.Next(2), 0.5, assignment, masks);
    }

    private StandingTotals Totals(Guid worker) => new()
    {
        WorkerId = worker,
        ProjectId = _under.Project,
        Sequence = _random.Next(4),
        AnswerId = _random.Next(4),
        Successes = _random.Next(10),
        Failures = 1,
        EffectiveN = 4.5,
        Answers = _random.Next(10),
        Handling = TimeSpan.FromSeconds(_random.Next(10)),
        MedianHandling = TimeSpan.FromSeconds(2),
        SpeedIndex = 1.25,
        FirstAnswerAt = Once(0.5) ? DateTimeOffset.UnixEpoch : null,
    };

    /// <summary>Usually of the latest; else of an older evaluation, or of another version of the gate.</summary>
    private GateStamp Stamp(Guid batch, Guid worker) => new(
        _under.Project,
        Math.Max(0, LastSequence(worker) + Of([0, 0, 0, 1, -1])),
        _random.Next(3),
        _model.Batches[batch].Record.GateVersion + (Once(0.05) ? 1 : 0),
        """{"clauses":[]}""",
        Once(0.5));

    private NewReview Review(Guid assignment) => new(NewReviewId(), assignment, ReviewCause.Disagreement, 1 + _random.Next(2));

    private Guid NewReviewId()
    {
        _reviews.Add(NewId());
        return _reviews[^1];
    }

    private ModelAssignment? AnAnswer()
    {
        var answered = _model.Batches.Values.SelectMany(batch => batch.AnswerRows).Select(row => row.Assignment).ToArray();
        return answered.Length == 0 ? null : Once(0.95) ? Of(answered) : Of(_model.Assignments.Values.ToArray());
    }

    private long LastSequence(Guid worker) => LastSequence(worker, _under.Project);

    private long LastSequence(Guid worker, Guid project) => _model.Workers[worker].Evaluations.Where(row => row.ProjectId == project).Select(row => row.Sequence).DefaultIfEmpty(0).Max();

    private static async Task<int> DoneAsync(Task call)
    {
        await call;
        return 0;
    }
}
