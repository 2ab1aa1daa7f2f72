using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality.Exams;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Where the next task comes from.</summary>
internal sealed partial class WorkerActor
{
    /// <summary>Batches tried in one go; the rest come as proposals of the matchmaker, so that one turn stays short.</summary>
    private const int TriesPerFill = 8;

    /// <summary>Capacity slots from here on are for what is sent ahead: it fills no capacity, but only so much of it.</summary>
    private const int FirstReserveSlot = 100;

    public async Task TryBatch(Guid projectId, Guid batchId, long workVersion)
    {
        TakeReply? reply = null;
        await CatchUpAsync(projectId, workVersion);
        if (await ReadyAsync() is null && MayTake && _projects.Contains(projectId) && SlotFor(projectId) is { } slot && MayHaveFrom(projectId, batchId))
        {
            reply = await TakeAsync(projectId, batchId, slot, workVersion, reserve: false);
            if (reply.Work is { } work) Hold(work, exceptConnectionId: null);
            else if (reply.Reply == BatchReply.Nothing) RememberNothing(projectId, batchId, workVersion);
        }

        var waits = ReportIdleness();
        _ = actors.Matchmaker(projectId).ProposalEnded(workerId, batchId, reply?.Work is not null, waits, reply?.Available ?? 1);
    }

    /// <summary>
    /// The matchmaker's process knows the newest batches, this one perhaps not: a gate published meanwhile would be judged in its old version, and the batch would refuse the pass for
    /// as long as no other word comes. A store that cannot be read ends the proposal without a reply, so the matchmaker gives it up and asks again.
    /// The test of lost wake-ups shows it (world 4047).
    /// </summary>
    private async Task CatchUpAsync(Guid projectId, long workVersion)
    {
        if (catalog.Snapshot(projectId) is not { } open || open.WorkVersion < workVersion) await catalog.RefreshAsync([projectId]);
    }

    private bool MayTake => _activity == Activity.Available && (_sessions.Any || _speaks) && _worker is { IsActive: true };

    /// <summary>
    /// The rule for "submit and next in one commit": the batch of the answer is the best one for this worker by the local
    /// snapshot of open batches. Otherwise the answer is committed alone, and the next task is taken from the better batch.
    /// </summary>
    private bool WantsNextFrom(HeldWork work)
    {
        if (!MayTake) return false;
        var known = false;
        foreach (var project in _projects) known |= catalog.Snapshot(project) is not null;
        foreach (var (_, batch) in Candidates()) return batch.BatchId == work.BatchId;

        // No snapshot yet: the batch itself knows best.
        return !known;
    }

    /// <summary>Fills free capacity from the open batches in order, else reports the worker idle. Returns what was taken first.</summary>
    private async Task<HeldWork?> FillAsync(string? exceptConnectionId)
    {
        await TellNewsAsync();
        HeldWork? first = null;
        var tries = 0;
        while (MayTake && HasRoom && tries < TriesPerFill)
        {
            HeldWork? taken = null;
            foreach (var (projectId, batch) in Candidates().ToArray())
            {
                if (SlotFor(projectId) is not { } slot) continue;
                if (++tries > TriesPerFill) break;
                var version = catalog.Snapshot(projectId)?.WorkVersion ?? 0;
                var reply = await TakeAsync(projectId, batch.BatchId, slot, version, reserve: false);
                taken = reply.Work;
                if (taken is not null) break;
                if (reply.Reply is BatchReply.Nothing or BatchReply.NotOpen) RememberNothing(projectId, batch.BatchId, version);
                if (_mustReload) break;
            }

            if (taken is null) break;
            Hold(taken, exceptConnectionId);
            first ??= taken;
        }

        // A golden take may have been what entered its gate.
        if (_news.Count > 0) await TellNewsAsync();
        ReportIdleness();
        return first;
    }

    /// <summary>Takes a task ahead from the batch that the worker is working on, if its project sends ahead and nothing is in reserve.</summary>
    private async Task<HeldWork?> ReserveAsync(HeldWork current, string? exceptConnectionId)
    {
        if (!MayReserveAfter(current)) return null;
        if (!MayHaveFrom(current.ProjectId, current.BatchId)) return null;
        var reply = await TakeAsync(current.ProjectId, current.BatchId, FirstReserveSlot, catalog.Snapshot(current.ProjectId)?.WorkVersion ?? 0, reserve: true);
        if (reply.Work is not { } reserved) return null;
        Hold(reserved, exceptConnectionId);
        return reserved;
    }

    private bool MayReserveAfter(HeldWork current) =>
        MayTake && PolicyOf(current.ProjectId) is { Prefetch: > 0 } && current.State == AssignmentState.Accepted && Reserved is null;

    private HeldWork? Reserved => _held.Values.FirstOrDefault(item => item.Work.State == AssignmentState.Reserved)?.Work;

    /// <summary>Open batches of the worker's projects, best first. Those that had nothing at this work version, and those the worker may have nothing of, are left out.</summary>
    private IEnumerable<(Guid ProjectId, BatchRecord Batch)> Candidates()
    {
        if (_projects.Count == 1)
        {
            // The snapshot is in order; merging is only needed across projects.
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
        var start = PolicyOf(projectId).BatchOrder == BatchOrder.RoundRobin ? open.IndexAfter(_lastBatchId) : 0;
        for (var i = 0; i < open.Batches.Count; i++)
        {
            var batch = open.Batches[(start + i) % open.Batches.Count];
            if (_nothingAt.TryGetValue(batch.BatchId, out var version) && version == open.WorkVersion) continue;
            if (!MayHave(open, batch)) continue;
            yield return (projectId, batch);
        }
    }

    private Guid _lastBatchId;

    private bool MayHaveFrom(Guid projectId, Guid batchId) =>
        catalog.Snapshot(projectId) is not { } open || open.Find(batchId) is not { } batch || MayHave(open, batch);

    /// <summary>
    /// A golden batch is for who passes its gate, or a wider one that is open for what has waited. A selector that is not met and
    /// never ends leaves the batch only to tasks that a rule has relaxed, which only the batch knows of.
    /// </summary>
    private bool MayHave(OpenBatches open, BatchRecord batch)
    {
        if (Barring(batch) is not null || ExamBarOf(batch) != ExamBar.None) return false;
        if (batch.Tier == BatchTier.Golden && GateAge(open, batch) is null) return false;
        if (batch.Requires.Count == 0) return true;
        return open.RequirementsOf(batch.BatchId).MinTaskAge(_labels) is not null || batch.Rules.Any(rule => rule.Action == RuleAction.Relax);
    }

    /// <summary>Under the version that was asked with: by the time of the reply, the snapshot may have one that the batch knew nothing of.</summary>
    private void RememberNothing(Guid projectId, Guid batchId, long workVersion)
    {
        const int RememberedMax = 4_096;
        if (catalog.Snapshot(projectId) is not { } open) return;

        // Where age alone can bring work within reach, no version says when.
        if (open.Find(batchId) is { Requires.Count: > 0 } && open.RequirementsOf(batchId).MinTaskAge(_labels) != TimeSpan.Zero) return;
        if (open.Find(batchId) is { Tier: BatchTier.Golden } golden && GateAge(open, golden) != TimeSpan.Zero) return;
        if (_nothingAt.Count >= RememberedMax) _nothingAt.Clear();
        _nothingAt[batchId] = workVersion;
    }

    private async Task<TakeReply> TakeAsync(Guid projectId, Guid batchId, int slot, long workVersion, bool reserve)
    {
        var pass = PassFor(projectId, batchId);
        try
        {
            var reply = await actors.Batch(batchId).Take(new TakeRequest
            {
                WorkerId = workerId,
                CapacitySlot = slot,
                WorkVersion = workVersion,
                Labels = _worker!.Labels,
                Reserve = reserve,
                Weighted = IsWeighted,
                WantsControl = WantsControl(projectId, HeldOf(projectId)),
                Gate = pass,
                IdleFor = reserve || _held.Count > 0 || _idleSince == default ? null : time.GetUtcNow() - _idleSince,
            });
            if (reply.Work is { Tier: BatchTier.Golden } golden) TookGolden(golden, pass);
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

    private DispatchPolicy PolicyOf(Guid projectId) => catalog.KnownProject(projectId)?.Record.Policy ?? new DispatchPolicy();

    private bool IsWeighted => _projects.Any(project => PolicyOf(project).CapacityCost != 1);

    private int UsedCapacity => _held.Values.Where(item => item.Work.State != AssignmentState.Reserved).Sum(item => item.Work.Cost);

    /// <summary>The capacity slot that a task of the project would fill; null when there is no room for its cost.</summary>
    private int? SlotFor(Guid projectId)
    {
        if (UsedCapacity + PolicyOf(projectId).CapacityCost > _worker!.Capacity) return null;
        for (var slot = 0; slot < _worker.Capacity; slot++)
        {
            if (_held.Values.All(item => item.Work.CapacitySlot != slot)) return slot;
        }

        return null;
    }

    private bool HasRoom
    {
        get
        {
            foreach (var project in _projects)
            {
                if (SlotFor(project) is not null) return true;
            }

            return false;
        }
    }

    private void Hold(HeldWork work, string? exceptConnectionId)
    {
        _held[work.AssignmentId] = new HeldItem(work, time.GetTimestamp(), VersionOf(work));
        _lastBatchId = work.BatchId;
        if (work.State == AssignmentState.Accepted) _lastTurnAt = time.GetUtcNow();
        _sessions.Push(position => new AssignmentOffered { Position = position, Assignment = Message(work) }, exceptConnectionId);
    }

    private void Drop(Guid assignmentId, AssignmentState state, string reason, string? exceptConnectionId)
    {
        _held.Remove(assignmentId);
        _sessions.Push(position => new AssignmentWithdrawn { Position = position, AssignmentId = assignmentId, State = state, Reason = reason }, exceptConnectionId);
    }

    /// <summary>Whether the worker waits for work.</summary>
    private bool ReportIdleness()
    {
        if (_mustReload && _sessions.Any) ReloadSoon();
        var waits = MayTake && _sessions.Any && HasRoom;
        WatchBoards(waits);
        WatchExams();
        if (!waits) idleness.SetBusy(workerId, _projects);
        else if (!_projects.Any(RanksByStanding)) idleness.SetIdle(ReportOf(standing: 0), _projects);
        else foreach (var project in _projects) idleness.SetIdle(ReportOf(RanksByStanding(project) ? _standings.Of(project).Figures(catalog.PriorOf(project)).LowerBound : 0), [project]);
        return waits;
    }

    private bool RanksByStanding(Guid projectId) => PolicyOf(projectId).WorkerChoice == WorkerChoice.BestStanding;

    private IdleReport ReportOf(double standing) => new(workerId, _idleSince, _lastTurnAt, standing, _worker!.Labels);

    /// <summary>A take whose outcome is unknown may have given the worker something: find out soon, not at the next command.</summary>
    private void ReloadSoon() => _ = actors.Worker(workerId).RecordChanged();
}
