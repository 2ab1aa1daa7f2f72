using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// Gates of golden batches. Judged here, at the worker's latest evaluation, and shown to the batch as a pass: the batch hands out nothing
/// golden without one, and the store refuses one that a later evaluation has overtaken.
/// </summary>
internal sealed partial class WorkerActor
{
    private readonly Dictionary<Guid, GateMembership> _memberships = [];
    private readonly SteadyClock _storeClock = new(time);

    // Entered in the commit of a take, and not told yet.
    private readonly List<(Guid ProjectId, Guid BatchId)> _enteredByTake = [];

    // The evaluation that is being committed together with the next take.
    private (Guid ProjectId, QualityFold Fold)? _ahead;

    private void MergeMemberships(IReadOnlyList<GateEvent> rows)
    {
        _memberships.Clear();
        foreach (var row in rows) _memberships[row.BatchId] = row.Entered ? new GateMembership(true, row.At, row.Answers, row.EvaluationSequence, row.PolicyVersion) : GateMembership.Out;
    }

    private QualityFold FoldOf(Guid projectId) => _ahead is { } ahead && ahead.ProjectId == projectId ? ahead.Fold : _standings.Of(projectId).Fold;

    private GateInputs InputsFor(BatchRecord batch, Gate gate, int step) => new()
    {
        Figures = _standings.Of(batch.ProjectId).Figures(FoldOf(batch.ProjectId), catalog.PriorOf(batch.ProjectId)),
        Labels = _labels,
        Membership = _memberships.GetValueOrDefault(batch.BatchId, GateMembership.Out),
        Board = gate.NeedsBoard ? boards.Read(batch.ProjectId) : null,
        At = _storeClock.Now,
        Step = step,
    };

    /// <summary>How long a task of a golden batch must have waited before this worker may have it: zero for who passes the gate, null for never.</summary>
    private TimeSpan? GateAge(OpenBatches open, BatchRecord batch) => Pass(open, batch)?.MinAge;

    private (GateInputs Inputs, GateJudgement? Judgement, TimeSpan MinAge)? Pass(OpenBatches open, BatchRecord batch)
    {
        if (open.GateOf(batch.BatchId) is not { } gate) return null;
        var release = gate.Policy.Release;
        for (var step = 0; step < gate.Steps; step++)
        {
            var inputs = InputsFor(batch, gate, step);
            var judgement = gate.Judge(inputs);
            if (!judgement.Passes) continue;
            return (inputs, judgement, step == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(release.AfterSeconds + ((long)release.EverySeconds * (step - 1))));
        }

        return release.Kind == ReleaseKind.Release ? (InputsFor(batch, gate, 0), null, TimeSpan.FromSeconds(release.AfterSeconds)) : null;
    }

    /// <summary>What is shown to the batch; null where it is not golden, or the worker may have nothing of it.</summary>
    private GatePass? PassFor(Guid projectId, Guid batchId)
    {
        if (catalog.Snapshot(projectId) is not { } open || open.Find(batchId) is not { Tier: BatchTier.Golden } batch || Pass(open, batch) is not { } pass) return null;
        return new GatePass
        {
            EvaluationSequence = pass.Inputs.Figures.Sequence,
            BoardEpoch = pass.Judgement?.BoardEpoch ?? 0,
            PolicyVersion = batch.GateVersion,
            Judgement = StoredJudgement.Of(pass.Inputs, _worker!.Labels, pass.Judgement).ToJson(),
            Enters = pass.Judgement is { Change: GateChange.Entered },
            MinAge = pass.MinAge,
        };
    }

    /// <summary>A golden task was taken: who was outside has entered with it, in the same commit.</summary>
    private void TookGolden(HeldWork work, GatePass? pass)
    {
        _storeClock.Set(work.OfferedAt);
        if (pass is not { Enters: true }) return;
        _enteredByTake.Add((work.ProjectId, work.BatchId));
        _news.TryAdd(work.ProjectId, null);
        _memberships[work.BatchId] = new GateMembership(true, work.OfferedAt, _standings.Of(work.ProjectId).Answers, pass.EvaluationSequence, pass.PolicyVersion);
    }

    /// <summary>
    /// Judges the gates of a project's open golden batches anew and writes down who entered and left. The worker is told with the cause, and what was sent
    /// ahead of a batch whose gate is lost is asked back; the task in hand stays.
    /// </summary>
    private async Task JudgeGatesAsync(Guid projectId, StandingCause? cause)
    {
        List<GateEvent> events = [];
        List<(Guid BatchId, GateMembership After)> changes = [];
        if (_worker is not null && catalog.Snapshot(projectId) is { Golden.Count: > 0 } open)
        {
            foreach (var batch in open.Golden)
            {
                if (open.GateOf(batch.BatchId) is not { } gate) continue;
                var inputs = InputsFor(batch, gate, step: 0);
                var judgement = gate.Judge(inputs);
                gates.Decided(judgement);
                if (judgement.Change == GateChange.None) continue;
                changes.Add((batch.BatchId, judgement.After));
                events.Add(EventOf(batch, inputs, judgement));
            }
        }

        if (events.Count > 0)
        {
            try
            {
                await store.AppendGateEventsAsync(events, CancellationToken.None);
            }
            catch (StoreUnavailableException)
            {
                // What is not written down has not happened; the next judgement comes to the same.
                return;
            }
        }

        foreach (var (batchId, after) in changes)
        {
            _memberships[batchId] = after;
            if (after.IsIn) _nothingAt.Remove(batchId);
        }

        await TellStandingAsync(projectId, cause, events);
        foreach (var left in events.Where(row => !row.Entered))
        {
            if (Reserved is { } ahead && ahead.BatchId == left.BatchId) await Recall(ahead.AssignmentId);
        }
    }

    private GateEvent EventOf(BatchRecord batch, GateInputs inputs, GateJudgement judgement) => new()
    {
        WorkerId = workerId,
        BatchId = batch.BatchId,
        ProjectId = batch.ProjectId,
        Entered = judgement.Change == GateChange.Entered,
        EvaluationSequence = judgement.Sequence,
        Answers = inputs.Figures.Answers,
        BoardEpoch = judgement.BoardEpoch ?? 0,
        PolicyVersion = batch.GateVersion,
        Judgement = StoredJudgement.Of(inputs, _worker!.Labels, judgement).ToJson(),
    };

    public async Task BoardMoved(Guid projectId)
    {
        if (await ReadyAsync() is not null) return;
        await JudgeGatesAsync(projectId, new StandingCause { Kind = StandingCauseKind.Board, Text = "The leaderboard moved: others passed you, or you them.", At = _storeClock.Now });
        await FillAsync(exceptConnectionId: null);
    }

    /// <summary>Whoever waits is woken when a board moves, where a gate looks at one; who is at work, when others overtake.</summary>
    private void WatchBoards(bool waits)
    {
        foreach (var projectId in _projects)
        {
            var needs = catalog.Snapshot(projectId) is { Golden.Count: > 0 } open && open.Golden.Any(batch => open.GateOf(batch.BatchId) is { NeedsBoard: true });
            var board = needs ? boards.Read(projectId) : null;
            boards.Watch(workerId, projectId, waits && needs);

            // Who is at work is judged at the next take anyhow, and woken only where a bar on rank has passed the own key.
            BoardKey? key = board is not null && !waits && _sessions.Any ? BoardKey.Of(_standings.Of(projectId).Figures(catalog.PriorOf(projectId)), board.Cutoffs.Order) : null;
            boards.Works(workerId, projectId, key);
        }
    }
}
