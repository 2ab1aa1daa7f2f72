using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>The board and the gates.</summary>
public sealed partial class ModelStore
{
    private readonly Dictionary<(Guid Project, Guid Worker), StandingTotals> _totals = [];
    private readonly List<GateEvent> _gateEvents = [];

    public Task SaveTotalsAsync(IReadOnlyList<StandingTotals> totals, CancellationToken cancellation)
    {
        foreach (var row in totals)
        {
            var key = (row.ProjectId, row.WorkerId);
            if (!_totals.TryGetValue(key, out var present) || (row.Sequence, row.AnswerId).CompareTo((present.Sequence, present.AnswerId)) > 0) _totals[key] = row;
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<BoardRow> LoadBoardAsync(Guid projectId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var row in _totals.Values.Where(row => row.ProjectId == projectId).OrderBy(row => row.WorkerId.ToString("D"), StringComparer.Ordinal).ToArray())
        {
            if (_workers.GetValueOrDefault(row.WorkerId)?.Record is { } worker) yield return new BoardRow(row, worker.BoardName, worker.OnBoard, worker.Labels);
        }
    }

    public Task<ApplyOutcome> SetBoardNameAsync(Guid workerId, string? name, bool onBoard, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_workers.TryGetValue(workerId, out var worker)) return ApplyStatus.NotFound;
        worker.Record = worker.Record with { BoardName = name, OnBoard = onBoard, Version = worker.Record.Version + 1 };
        return ApplyStatus.Applied;
    }));

    public Task<ApplyOutcome> SetGateAsync(Guid batchId, string? gate, int? expectedVersion, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return ApplyStatus.NotFound;
        var record = batch.Record;
        if (expectedVersion is { } expected && expected != record.Version) return ApplyStatus.VersionMismatch;
        if (record.Tier != BatchTier.Golden) return ApplyStatus.InvalidState;
        batch.Record = record with { Gate = gate, GateVersion = record.GateVersion + 1, Version = record.Version + 1 };
        Wake(record.ProjectId);
        return ApplyStatus.Applied;
    }));

    public Task AppendGateEventsAsync(IReadOnlyList<GateEvent> events, CancellationToken cancellation)
    {
        foreach (var row in events) _gateEvents.Add(row with { EventId = _gateEvents.Count + 1, At = Now });
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<GateEvent>> LoadMembershipsAsync(Guid workerId, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<GateEvent>>(
        [.. _gateEvents.Where(row => row.WorkerId == workerId).GroupBy(row => row.BatchId).Select(rows => rows.Last()).OrderBy(row => row.BatchId.ToString("D"), StringComparer.Ordinal)]);

    public Task<Page<GateEvent>> ListGateEventsAsync(Guid? workerId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(
        _gateEvents.Where(row => (workerId is null || row.WorkerId == workerId) && (batchId is null || row.BatchId == batchId)).Reverse(),
        from,
        limit));

    public Task<GateStamp?> GetGateStampAsync(Guid assignmentId, CancellationToken cancellation) => Task.FromResult(_assignments.GetValueOrDefault(assignmentId)?.Gate);

    public Task<(long Worker, long Batch)> CountSharesAsync(Guid batchId, Guid workerId, CancellationToken cancellation) => Task.FromResult(_batches.GetValueOrDefault(batchId) is { } batch
        ? (batch.AnswerRows.LongCount(answer => answer.Counted && !answer.Assignment.Task.IsControl && answer.Assignment.WorkerId == workerId), batch.Answers)
        : (0L, 0L));

    private static bool IsJudgementOld(TakeOperation take, ModelBatch batch, ModelWorker worker) => take.Gate is { } gate &&
        (gate.PolicyVersion != batch.Record.GateVersion || worker.Evaluations.Exists(row => row.ProjectId == gate.ProjectId && row.Sequence > gate.EvaluationSequence));

    private void EnterGate(TakeOperation take, GateStamp gate) => _gateEvents.Add(new GateEvent
    {
        EventId = _gateEvents.Count + 1,
        WorkerId = take.WorkerId,
        BatchId = take.BatchId,
        ProjectId = gate.ProjectId,
        Entered = true,
        EvaluationSequence = gate.EvaluationSequence,
        Answers = AnswersOf(take.WorkerId).LongCount(answer => ProjectOf(answer) == gate.ProjectId),
        BoardEpoch = gate.BoardEpoch,
        PolicyVersion = gate.PolicyVersion,
        Judgement = gate.Judgement,
        At = Now,
    });
}
