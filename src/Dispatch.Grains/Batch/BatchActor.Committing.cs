using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What every commit has in common.</summary>
internal sealed partial class BatchActor
{
    // Own instances stand for outcomes the store did not report: Unspecified is never a store's result.
    private static readonly CommitResult Unknown = new() { Status = CommitStatus.Unspecified };
    private static readonly CommitResult Busy = new() { Status = CommitStatus.Unspecified };

    // Somebody was told "busy" since the last tick, and may wait for work that nothing else will tell of.
    private bool _turnedAway;

    private async Task<CommitResult> CommitAsync(CommitOperation operation)
    {
        try
        {
            var result = await committer.CommitAsync(operation);
            if (result.Status == CommitStatus.OwnerFenced || result.Next?.Status == CommitStatus.OwnerFenced) Reload("another activation owns the batch");
            return result;
        }
        catch (CommitQueueFullException)
        {
            _turnedAway = true;
            return Busy;
        }
        catch (StoreUnavailableException)
        {
            Reload("the outcome of a commit is unknown");
            return Unknown;
        }
    }

    private static CommitResult NotTried(CommitResult parent) =>
        parent.Status == CommitStatus.Unspecified ? parent : new CommitResult { Status = CommitStatus.Skipped };

    private void HintMatchmaker()
    {
        if (_owned is null || _batch.Status != BatchStatus.Open) return;
        var oldest = _requirements.IsEmpty ? null : _backlog.OldestWaiting().Created;
        _ = actors.Matchmaker(_batch.ProjectId).BatchHasWork(batchId, Available, _backlog.MayHaveMore ? null : oldest);
    }

    /// <summary>Memory is not to be trusted any more: answer "unknown" from here on, deactivate, and let the next call load the truth.</summary>
    private void Reload(string cause)
    {
        if (_lost) return;
        _lost = true;
        LogReload(batchId, cause);
        host.Retire();
        HintMatchmaker();
    }

    private static BatchReply ReplyOf(CommitResult result) => result.Status switch
    {
        CommitStatus.Committed => BatchReply.Done,
        CommitStatus.KeptAside => BatchReply.KeptAside,
        CommitStatus.Replayed => BatchReply.Replayed,
        CommitStatus.PayloadConflict => BatchReply.PayloadConflict,
        CommitStatus.Stale => BatchReply.Stale,
        CommitStatus.WorkerBusy => BatchReply.WorkerBehind,
        CommitStatus.SlotTaken => BatchReply.Busy,
        CommitStatus.BatchNotOpen => BatchReply.NotOpen,
        CommitStatus.RanOut => BatchReply.Gone,
        _ when ReferenceEquals(result, Busy) => BatchReply.Busy,
        _ => BatchReply.Unknown,
    };
}
