using Dispatch.Contracts;
using Dispatch.Engine.Backlog;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// Control tasks: gold that is mixed in by rate. A control only ever takes the place of ordinary work that the worker would have been given, so it
/// comes when work would have come and looks like it. They are outside the backlog, and never complete.
/// </summary>
internal sealed partial class BatchActor
{
    private readonly ControlPool _controls = new();

    private bool HasControls => _batch.GoldUse == GoldUse.Share && _controls.Count > 0;

    private async Task LoadControlsAsync(CancellationToken cancellation)
    {
        // Of a draft nothing is kept in memory: a crash of the database may take what an import has just put into it.
        if (_batch.GoldUse != GoldUse.Share || _batch.Status == BatchStatus.Draft) return;
        var rows = await store.LoadControlsAsync(batchId, cancellation);
        _controls.Merge(rows.Select(row => (row.TaskId, row.NextSlot, row.Exposures, row.Retired)));
    }

    /// <summary>Before a decision: what the worker has had must be known, and reading it interleaves. Unknown, there is no control this time.</summary>
    private async Task KnowControlsOfAsync(Guid workerId)
    {
        if (!HasControls || _controls.Knows(workerId)) return;
        try
        {
            _controls.Remember(workerId, await store.LoadControlsSeenAsync(batchId, workerId, CancellationToken.None));
        }
        catch (StoreUnavailableException)
        {
            // Ordinary work then: a control is drawn again soon enough.
        }
    }

    /// <summary>A control in place of the ordinary task that was set aside; the task itself when there is none for this worker, or when it is one that the worker was told to have again.</summary>
    private TakeDecision InPlaceOf(TakeDecision ordinary, Guid workerId)
    {
        if (ordinary.Outcome != TakeOutcome.Taken || ordinary.Resumes || !HasControls) return ordinary;
        if (_controls.Take(workerId, _project!.Record.Quality.Gold.ExposuresMax, random.Next) is not { } control) return ordinary;
        _backlog.CancelTake(ordinary.TaskId, ordinary.Slot, workerId);
        return new TakeDecision(TakeOutcome.Taken, control.TaskId, control.Slot, LeaseEpoch: 1) { IsControl = true };
    }
}
