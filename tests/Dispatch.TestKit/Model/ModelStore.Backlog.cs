using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>The backlog of a batch, for its owner.</summary>
public sealed partial class ModelStore
{
    public Task<OwnedBatch?> TakeOwnershipAsync(Guid batchId, CancellationToken cancellation)
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return Task.FromResult<OwnedBatch?>(null);
        batch.OwnerEpoch++;
        return Task.FromResult<OwnedBatch?>(new OwnedBatch(batch.Record, _projects[batch.Record.ProjectId], batch.Counters, batch.OwnerEpoch, Now));
    }

    public async Task<BatchNews?> ReadNewsAsync(Guid batchId, int limit, CancellationToken cancellation) => _batches.TryGetValue(batchId, out var batch)
        ? new BatchNews(batch.Record, batch.Counters, _projects[batch.Record.ProjectId].WorkVersion, limit == 0 ? [] : await PageOpenTasksAsync(batchId, null, limit, cancellation))
        : null;

    public Task<IReadOnlyList<HeldAssignment>> LoadHeldAsync(Guid batchId, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<HeldAssignment>>([.. _batches[batchId].Active.Values.Select(Held)]);

    public Task<IReadOnlyList<OpenTask>> PageOpenTasksAsync(Guid batchId, BacklogKey? after, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<OpenTask>>([.. OpenAfter(batchId, after).Take(limit).Select(Row)]);

    public Task<IReadOnlyList<OpenTask>> PageOpenTasksForWorkerAsync(Guid batchId, Guid workerId, TimeSpan minAge, BacklogKey? after, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<OpenTask>>([.. OpenAfter(batchId, after).Where(task => MayHave(task, workerId, minAge)).Take(limit).Select(Row)]);

    /// <summary>Whether a worker may have a task now, by what is committed. The rule that every matcher must agree with.</summary>
    public bool MayHave(ModelTask task, Guid workerId, TimeSpan minAge)
    {
        if (!task.InBacklog) return false;
        if (!task.Relaxed && task.CreatedAt > Now - minAge) return false;
        if (task.KeptFor is { } keptFor && keptFor != workerId && task.KeptUntil > Now) return false;
        if (task.Assignments.Exists(held => held.WorkerId == workerId && (held.IsActive || held.Counted || held.RetryAt is null || held.RetryAt > Now))) return false;
        return task.Assignments.Count(held => held.Holds || held.Counted) < task.Overlap;
    }

    public Task<IReadOnlyList<Thaw>> LoadThawsAsync(Guid batchId, int limit, CancellationToken cancellation)
    {
        var tasks = _batches[batchId].Open.Select(place => _tasks[place.TaskId]);
        return Task.FromResult<IReadOnlyList<Thaw>>([.. tasks
            .SelectMany(task => task.Assignments.Select(held => held.RetryAt).Append(task.KeptUntil).Where(at => at > Now).Distinct().Select(at => new Thaw(task.TaskId, task.Priority, at!.Value)))
            .OrderBy(thaw => thaw.At).Take(limit)]);
    }

    public Task<IReadOnlyList<long>> PageLastOpenTasksAsync(Guid batchId, string rule, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<long>>(
        [.. _batches[batchId].Open.Reverse().Select(place => _tasks[place.TaskId]).Where(task => task.IsIdle && !task.RulesApplied.Contains(rule)).Take(limit).Select(task => task.TaskId)]);

    public Task<int> CountFreeBeforeAsync(Guid batchId, BacklogKey place, CancellationToken cancellation) => Task.FromResult(
        OpenAfter(batchId, null).TakeWhile(task => task.Priority > place.Priority || (task.Priority == place.Priority && task.TaskId < place.TaskId))
            .Count(task => task.Assignments.Count(held => held.Holds || held.Counted) < task.Overlap));

    public Task<IReadOnlyList<OpenTask>> LoadOpenTasksAsync(Guid batchId, IReadOnlyCollection<long> taskIds, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<OpenTask>>(
        [.. taskIds.Select(id => _tasks.GetValueOrDefault(id)).OfType<ModelTask>().Where(task => task.BatchId == batchId && task.InBacklog).Select(Row)]);

    private IEnumerable<ModelTask> OpenAfter(Guid batchId, BacklogKey? after)
    {
        var open = _batches[batchId].Open;
        if (open.Count == 0) return [];
        var from = after is { } key ? (-key.Priority, key.TaskId + 1) : (int.MinValue, long.MinValue);
        return open.GetViewBetween(from, (int.MaxValue, long.MaxValue)).Select(place => _tasks[place.TaskId]);
    }

    private static OpenTask Row(ModelTask task) => new()
    {
        TaskId = task.TaskId,
        Priority = task.Priority,
        Overlap = task.Overlap,
        CreatedAt = task.CreatedAt,
        QueuedAt = task.QueuedAt,
        KeptFor = task.KeptFor,
        KeptUntil = task.KeptUntil,
        Relaxed = task.Relaxed,
        RulesApplied = [.. task.RulesApplied],
        Involved = [.. task.Assignments.Select(held => new TaskInvolvement(held.WorkerId, held.Slot, held.LeaseEpoch, held.State, held.Counted, held.RetryAt))],
    };
}
