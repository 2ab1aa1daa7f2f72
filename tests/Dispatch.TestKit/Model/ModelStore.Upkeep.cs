using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Upkeep.</summary>
public sealed partial class ModelStore
{
    public Task<StaleWork> FindStaleAsync(TimeSpan grace, int limit, CancellationToken cancellation) => Task.FromResult(new StaleWork(
        [.. _assignments.Values.Where(assignment => assignment.IsActive && assignment.LeaseUntil < Now - grace).Select(assignment => assignment.Task.BatchId).Distinct().Take(limit)],
        [.. _workers.Where(worker => worker.Value.Outbox.Count > 0).Select(worker => worker.Key).Take(limit)]));

    public Task ProbeAsync(string process, CancellationToken cancellation) => Task.CompletedTask;
}
