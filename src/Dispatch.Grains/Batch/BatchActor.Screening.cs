using Dispatch.Contracts;

namespace Dispatch.Grains;

/// <summary>Who may have something at all, of many.</summary>
internal sealed partial class BatchActor
{
    // Each looks through all that is in reserve.
    private const int RecallTriesMax = 8;

    /// <summary>Gates, shares and what a worker was barred for are judged when one of them tries: here only who certainly has nothing is left out.</summary>
    public async Task Screen(ScreenRequest request)
    {
        if (_owned is null || _lost) return;
        if (request.WorkVersion > _workVersion) await RefreshAsync();
        if (_lost) return;
        await FillWindowAsync();
        if (_lost) return;
        var isOpen = _batch.Status == BatchStatus.Open;
        List<Guid> fit = [];
        var recallTries = 0;
        foreach (var worker in isOpen ? request.Workers : [])
        {
            var taker = TakerOf(worker.WorkerId, worker.Labels, pass: null);
            if (_backlog.MayHave(taker)) fit.Add(worker.WorkerId);
            else if (recallTries++ < RecallTriesMax && RecallFor(taker)) recallTries = RecallTriesMax;
        }

        _ = actors.Matchmaker(_batch.ProjectId).Screened(batchId, request.Number, fit, isOpen ? Available : 0);
    }
}
