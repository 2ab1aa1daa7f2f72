using System.Threading.Channels;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// One transaction for all workers of a process whose evidence is due at the same moment, without added delay: while one is under way, those that
/// come gather for the next.
/// </summary>
public sealed class OutboxDrains : IOutboxDrains, IAsyncDisposable
{
    /// <summary>Workers of one transaction.</summary>
    private const int GroupMax = 256;

    private readonly IWorkerStore _store;
    private readonly Channel<Waiting> _queue = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;

    /// <summary>Starts.</summary>
    /// <param name="store">Where evidence waits.</param>
    public OutboxDrains(IWorkerStore store)
    {
        _store = store;
        _loop = Task.Run(RunAsync);
    }

    private sealed class Waiting(OutboxDrain drain)
    {
        public readonly OutboxDrain Drain = drain;
        public readonly TaskCompletionSource<DrainedOutbox> Result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <inheritdoc/>
    public Task<DrainedOutbox> DrainAsync(Guid workerId, IReadOnlyDictionary<Guid, long> lastSequences)
    {
        // The queue is as long as there are actors in the process: each waits for its answer.
        var waiting = new Waiting(new OutboxDrain(workerId, lastSequences));
        if (!_queue.Writer.TryWrite(waiting)) waiting.Result.SetException(new StoreUnavailableException("The process is stopping.", new ObjectDisposedException(nameof(OutboxDrains))));
        return waiting.Result.Task;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        Dictionary<Guid, Waiting> group = [];
        Waiting? heldOver = null;
        while (heldOver is not null || await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            if (heldOver is not null) group.Add(heldOver.Drain.WorkerId, heldOver);
            heldOver = null;
            while (group.Count < GroupMax && _queue.Reader.TryRead(out var waiting))
            {
                // Two lives of one actor: the second must see what the first did.
                if (group.TryAdd(waiting.Drain.WorkerId, waiting)) continue;
                heldOver = waiting;
                break;
            }

            await DrainAsync([.. group.Values]);
        }
    }

    private async Task DrainAsync(Waiting[] group)
    {
        try
        {
            var drained = await _store.DrainOutboxAsync([.. group.Select(waiting => waiting.Drain)], CancellationToken.None);
            for (var i = 0; i < group.Length; i++) group[i].Result.SetResult(drained[i]);
        }
        catch (Exception failure)
        {
            var unknown = failure as StoreUnavailableException ?? new StoreUnavailableException("Evidence could not be taken in.", failure);
            foreach (var waiting in group) waiting.Result.TrySetException(unknown);
        }
    }
}
