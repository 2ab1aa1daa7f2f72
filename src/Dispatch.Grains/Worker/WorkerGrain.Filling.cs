using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Where the next task comes from.</summary>
internal sealed partial class WorkerGrain
{
    /// <summary>Batches tried in one go; the rest come as proposals of the matchmaker, so that one turn stays short.</summary>
    private const int TriesPerFill = 8;

    public async Task TryBatch(Guid projectId, Guid batchId, long workVersion)
    {
        TakeReply? reply = null;
        if (await ReadyAsync() is null && MayTake && _projects.Contains(projectId) && FreeSlot() is { } slot)
        {
            reply = await TakeAsync(batchId, slot, workVersion);
            if (reply.Work is { } work) Hold(work, exceptConnectionId: null);
            else if (reply.Reply == BatchReply.Nothing) RememberNothing(projectId, batchId);
        }

        ReportIdleness();
        _ = GrainFactory.GetGrain<IMatchmakerGrain>(projectId).ProposalEnded(WorkerId, batchId, reply?.Work is not null, reply?.Available ?? 1);
    }

    private bool MayTake => _activity == Activity.Available && _sessions.Any && _worker is { IsActive: true };

    /// <summary>
    /// The rule for "submit and next in one commit": the batch of the answer is the best one for this worker by the local
    /// snapshot of open batches. Otherwise the answer is committed alone, and the next task is taken from the better batch.
    /// </summary>
    private bool WantsNextFrom(HeldWork work)
    {
        if (!MayTake) return false;
        foreach (var (_, batch) in Candidates()) return batch.BatchId == work.BatchId;

        // No snapshot yet, or it says that nothing is open: the batch itself knows best.
        return true;
    }

    /// <summary>Fills free capacity from the open batches in order, else reports the worker idle. Returns what was taken first.</summary>
    private async Task<HeldWork?> FillAsync(string? exceptConnectionId)
    {
        HeldWork? first = null;
        var tries = 0;
        while (MayTake && FreeSlot() is { } slot && tries < TriesPerFill)
        {
            HeldWork? taken = null;
            foreach (var (projectId, batch) in Candidates().ToArray())
            {
                if (++tries > TriesPerFill) break;
                var reply = await TakeAsync(batch.BatchId, slot, catalog.Snapshot(projectId)?.WorkVersion ?? 0);
                taken = reply.Work;
                if (taken is not null) break;
                if (reply.Reply is BatchReply.Nothing or BatchReply.NotOpen) RememberNothing(projectId, batch.BatchId);
                if (_mustReload) break;
            }

            if (taken is null) break;
            Hold(taken, exceptConnectionId);
            first ??= taken;
        }

        ReportIdleness();
        return first;
    }

    /// <summary>Open batches of the worker's projects, best first: golden, then priority, then age. Those that had nothing at this work version are left out.</summary>
    private IEnumerable<(Guid ProjectId, BatchRecord Batch)> Candidates()
    {
        if (_projects.Count == 1)
        {
            // The store orders the batches of one project; merging is only needed across projects.
            foreach (var candidate in CandidatesOf(_projects[0])) yield return candidate;
            yield break;
        }

        foreach (var candidate in _projects.SelectMany(CandidatesOf)
            .OrderByDescending(candidate => candidate.Batch.Tier)
            .ThenByDescending(candidate => candidate.Batch.Priority)
            .ThenBy(candidate => candidate.Batch.CreatedAt))
        {
            yield return candidate;
        }
    }

    private IEnumerable<(Guid ProjectId, BatchRecord Batch)> CandidatesOf(Guid projectId)
    {
        if (catalog.Snapshot(projectId) is not { } open) yield break;
        foreach (var batch in open.Batches)
        {
            // A golden batch needs a gate, and no gate is stored yet: until then its tasks stay reserved (fails closed).
            if (batch.Tier == BatchTier.Golden) continue;
            if (_nothingAt.TryGetValue(batch.BatchId, out var version) && version == open.WorkVersion) continue;
            yield return (projectId, batch);
        }
    }

    private void RememberNothing(Guid projectId, Guid batchId)
    {
        const int RememberedMax = 4_096;
        if (catalog.Snapshot(projectId) is not { } open) return;
        if (_nothingAt.Count >= RememberedMax) _nothingAt.Clear();
        _nothingAt[batchId] = open.WorkVersion;
    }

    private async Task<TakeReply> TakeAsync(Guid batchId, int slot, long workVersion)
    {
        try
        {
            var reply = await GrainFactory.GetGrain<IBatchGrain>(batchId).Take(new TakeRequest { WorkerId = WorkerId, CapacitySlot = slot, WorkVersion = workVersion });
            if (reply.Reply is BatchReply.WorkerBehind or BatchReply.Unknown) _mustReload = true;
            return reply;
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            // The take may have been committed: only the store knows what is held now.
            _mustReload = true;
            return new TakeReply { Reply = BatchReply.Unknown, Available = 1 };
        }
    }

    private int? FreeSlot()
    {
        for (var slot = 0; slot < _worker!.Capacity; slot++)
        {
            if (_held.Values.All(item => item.Work.CapacitySlot != slot)) return slot;
        }

        return null;
    }

    private void Hold(HeldWork work, string? exceptConnectionId)
    {
        _held[work.AssignmentId] = new HeldItem(work, time.GetUtcNow());
        _sessions.Push(position => new AssignmentOffered { Position = position, Assignment = Message(work) }, exceptConnectionId);
    }

    private void Drop(Guid assignmentId, AssignmentState state, string reason, string? exceptConnectionId)
    {
        _held.Remove(assignmentId);
        _sessions.Push(position => new AssignmentWithdrawn { Position = position, AssignmentId = assignmentId, State = state, Reason = reason }, exceptConnectionId);
    }

    private void ReportIdleness()
    {
        if (_mustReload && _sessions.Any) ReloadSoon();
        if (MayTake && FreeSlot() is not null) idleReporter.SetIdle(WorkerId, _projects);
        else idleReporter.SetBusy(WorkerId, _projects);
    }

    /// <summary>A take whose outcome is unknown may have given the worker something: find out soon, not at the next command.</summary>
    private void ReloadSoon() =>
        _ = GrainFactory.GetGrain<IWorkerGrain>(WorkerId).RecordChanged();
}
