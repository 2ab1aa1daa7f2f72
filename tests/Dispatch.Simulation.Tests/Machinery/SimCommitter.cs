using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>The group committer of a process, to the contract of CommitLanes: one ordered lane, no worker twice in a group, and a failed group fails what rests on it.</summary>
internal sealed class SimCommitter(SimLoop loop, SimChance chance, SimNetwork network, SimProcess process, Func<CommitOperation, CommitResult> commit) : ICommitter
{
    private readonly Queue<(CommitOperation Operation, TaskCompletionSource<CommitResult> Result)> _queue = new();
    private readonly Dictionary<Guid, long> _failedEpochs = [];
    private bool _running;

    /// <summary>Says "committed" before it is: the negative control.</summary>
    public bool AcknowledgesBeforeCommit { get; set; }

    public Task<CommitResult> CommitAsync(CommitOperation operation)
    {
        if (chance.Once(network.Faults.QueueFull)) return Task.FromException<CommitResult>(new CommitQueueFullException());
        var result = new TaskCompletionSource<CommitResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Enqueue((operation, result));
        if (!_running)
        {
            _running = true;
            loop.After(chance.Latency(), RunGroup);
        }

        return result.Task;
    }

    private void RunGroup()
    {
        var size = chance.Between(1, Math.Max(1, _queue.Count));
        List<(CommitOperation Operation, TaskCompletionSource<CommitResult> Result)> group = [];
        for (var i = 0; i < size && _queue.Count > 0; i++)
        {
            var entry = _queue.Dequeue();
            if (_failedEpochs.TryGetValue(entry.Operation.BatchId, out var failed) && entry.Operation.OwnerEpoch <= failed) Fail(entry.Result);
            else group.Add(entry);
        }

        var fails = chance.Once(network.Faults.StoreFails);
        var forgets = !fails && chance.Once(network.Faults.StoreForgetsToSay);
        if (!process.IsAlive && chance.Once(0.5)) fails = true;
        var lost = AcknowledgesBeforeCommit && fails;
        var results = fails && !lost ? null : group.ConvertAll(entry => lost ? Pretend(entry.Operation) : commit(entry.Operation));
        loop.After(chance.Latency(), () =>
        {
            for (var i = 0; i < group.Count; i++)
            {
                if (results is not null && !forgets)
                {
                    group[i].Result.TrySetResult(results[i]);
                    continue;
                }

                var (batch, epoch) = (group[i].Operation.BatchId, group[i].Operation.OwnerEpoch);
                _failedEpochs[batch] = Math.Max(epoch, _failedEpochs.GetValueOrDefault(batch));
                Fail(group[i].Result);
            }

            if (_queue.Count > 0) loop.After(chance.Latency(), RunGroup);
            else _running = false;
        });
    }

    private CommitResult Pretend(CommitOperation operation) => operation is SubmitOperation
        ? new CommitResult { Status = CommitStatus.Committed, SubmittedAt = loop.Now }
        : new CommitResult { Status = CommitStatus.Stale };

    private static void Fail(TaskCompletionSource<CommitResult> result) =>
        result.TrySetException(new StoreUnavailableException("The simulated commit failed.", new TimeoutException()));
}
