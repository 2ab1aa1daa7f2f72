using System.Threading.Channels;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>Settings of the group committer.</summary>
public sealed class CommitLaneOptions
{
    /// <summary>Lanes that commit side by side; a batch always uses the same one. Default 2, range 1..16; SQLite has one writer, so 1 there.</summary>
    public int Lanes { get; set; } = 2;

    /// <summary>Operations of one group. Default 256, range 1..2048.</summary>
    public int GroupMax { get; set; } = 256;

    /// <summary>Operations waiting in one lane before new ones are refused as busy. Default 20,000.</summary>
    public int QueueMax { get; set; } = 20_000;
}

/// <summary>The lane is full; nothing was tried.</summary>
public sealed class CommitQueueFullException : Exception
{
    /// <summary>Creates one.</summary>
    public CommitQueueFullException() : base("Too many commits are waiting.") { }
}

/// <summary>
/// Group commit: each lane drains what is waiting, without added delay, into one transaction with a result per operation.
/// All operations of a batch go through one ordered lane. When a group fails, or its outcome is unknown, every later
/// operation under the same owner epochs fails too: memory that decided them rests on something that may not have happened.
/// </summary>
public sealed partial class CommitLanes : ICommitter, IAsyncDisposable
{
    private readonly ICommitStore _store;
    private readonly CommitLaneOptions _options;
    private readonly ILogger<CommitLanes> _logger;
    private readonly IFaultPoint _faults;
    private readonly CommitInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly Lane[] _lanes;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts the lanes.</summary>
    /// <param name="store">Where to commit.</param>
    /// <param name="options">Settings.</param>
    /// <param name="faults">Told before and after each commit.</param>
    /// <param name="instruments">Figures.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    public CommitLanes(ICommitStore store, CommitLaneOptions options, IFaultPoint faults, CommitInstruments instruments, TimeProvider time, ILogger<CommitLanes> logger)
    {
        (_faults, _instruments, _time) = (faults, instruments, time);
        _store = store;
        _options = options;
        _logger = logger;
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new Lane(options.QueueMax))];
        foreach (var lane in _lanes) lane.Loop = Task.Run(() => RunAsync(lane));
    }

    private sealed class Waiting(CommitOperation operation)
    {
        public readonly CommitOperation Operation = operation;
        public readonly TaskCompletionSource<CommitResult> Result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class Lane(int queueMax)
    {
        public readonly Channel<Waiting> Queue = Channel.CreateBounded<Waiting>(new BoundedChannelOptions(queueMax) { SingleReader = true });
        public readonly Dictionary<Guid, long> FailedEpochs = [];
        public Task Loop = Task.CompletedTask;
    }

    /// <summary>Commits one operation with whatever else is waiting.</summary>
    /// <param name="operation">The operation.</param>
    /// <exception cref="CommitQueueFullException">Nothing was tried.</exception>
    /// <exception cref="StoreUnavailableException">The outcome is unknown.</exception>
    public Task<CommitResult> CommitAsync(CommitOperation operation)
    {
        var lane = _lanes[(int)((uint)operation.BatchId.GetHashCode() % (uint)_lanes.Length)];
        var waiting = new Waiting(operation);
        return lane.Queue.Writer.TryWrite(waiting)
            ? waiting.Result.Task
            : Task.FromException<CommitResult>(new CommitQueueFullException());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) lane.Queue.Writer.TryComplete();
        foreach (var lane in _lanes) await lane.Loop;
        _stop.Dispose();
    }

    private async Task RunAsync(Lane lane)
    {
        List<Waiting> group = [];
        List<Waiting> heldOver = [];
        HashSet<Guid> workers = [];
        while (heldOver.Count > 0 || await lane.Queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            workers.Clear();
            Gather(lane, group, heldOver, workers);
            if (group.Count > 0) await CommitGroupAsync(lane, group);
        }
    }

    // Two operations of one worker never share a group: the second may rest on the first, and a set-based statement has no order.
    private void Gather(Lane lane, List<Waiting> group, List<Waiting> heldOver, HashSet<Guid> workers)
    {
        var earlier = heldOver.ToArray();
        heldOver.Clear();
        foreach (var waiting in earlier) Place(lane, waiting, group, heldOver, workers);
        while (group.Count < _options.GroupMax && heldOver.Count < _options.GroupMax && lane.Queue.Reader.TryRead(out var waiting))
        {
            Place(lane, waiting, group, heldOver, workers);
        }
    }

    private void Place(Lane lane, Waiting waiting, List<Waiting> group, List<Waiting> heldOver, HashSet<Guid> workers)
    {
        var operation = waiting.Operation;
        if (lane.FailedEpochs.TryGetValue(operation.BatchId, out var failed) && operation.OwnerEpoch <= failed)
        {
            waiting.Result.SetException(new StoreUnavailableException("An earlier commit of the batch failed.", new InvalidOperationException("Failed epoch.")));
            return;
        }

        var worker = operation switch
        {
            SubmitOperation submit => submit.WorkerId,
            TakeOperation take => take.WorkerId,
            PromoteOperation promote => promote.WorkerId,
            ReturnOperation giveBack => giveBack.WorkerId,
            _ => Guid.Empty,
        };
        var fits = group.Count < _options.GroupMax && (worker == Guid.Empty || workers.Add(worker));
        (fits ? group : heldOver).Add(waiting);
    }

    private async Task CommitGroupAsync(Lane lane, List<Waiting> group)
    {
        try
        {
            _faults.Reach(FaultPlace.BeforeCommit);
            var started = _time.GetTimestamp();
            var operations = group.ConvertAll(waiting => waiting.Operation);
            var results = await _store.CommitAsync(operations, _stop.Token);
            _instruments.GroupCommitted(operations, results, _time.GetElapsedTime(started));
            _faults.Reach(FaultPlace.AfterCommit);
            for (var i = 0; i < group.Count; i++) group[i].Result.SetResult(results[i]);
        }
        catch (Exception failure)
        {
            LogGroupFailed(failure, group.Count);
            _instruments.GroupFailed();
            var unknown = failure as StoreUnavailableException ?? new StoreUnavailableException("A group commit failed.", failure);
            foreach (var waiting in group)
            {
                var (batch, epoch) = (waiting.Operation.BatchId, waiting.Operation.OwnerEpoch);
                lane.FailedEpochs[batch] = Math.Max(epoch, lane.FailedEpochs.GetValueOrDefault(batch));
                waiting.Result.SetException(unknown);
            }
        }
    }

    [LoggerMessage(1001, LogLevel.Warning, "A group of {Count} commits failed; its batches reload.")]
    private partial void LogGroupFailed(Exception failure, int count);
}
