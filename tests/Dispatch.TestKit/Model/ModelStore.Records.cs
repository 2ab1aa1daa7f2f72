using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Projects, batches and workers.</summary>
public sealed partial class ModelStore
{
    public Task<ApplyOutcome> CreateProjectAsync(ProjectRecord project, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (_projects.Values.Any(other => other.Name == project.Name)) return ApplyStatus.Duplicate;
        _projects.Add(project.ProjectId, project with { Version = 1, WorkVersion = 0, CreatedAt = Now });
        KeepForm(_projects[project.ProjectId]);
        return ApplyStatus.Applied;
    }));

    public Task<ApplyOutcome> UpdateProjectAsync(ProjectRecord project, int? expectedVersion, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_projects.TryGetValue(project.ProjectId, out var present)) return ApplyStatus.NotFound;
        if (expectedVersion is { } expected && expected != present.Version) return ApplyStatus.VersionMismatch;
        if (_projects.Values.Any(other => other.Name == project.Name && other.ProjectId != project.ProjectId)) return ApplyStatus.Duplicate;
        _projects[project.ProjectId] = project with { FormType = present.FormType, Version = present.Version + 1, WorkVersion = present.WorkVersion + 1, CreatedAt = present.CreatedAt };
        KeepForm(_projects[project.ProjectId]);
        return ApplyStatus.Applied;
    }));

    public Task<ProjectRecord?> GetProjectAsync(Guid projectId, CancellationToken cancellation) => Task.FromResult(_projects.GetValueOrDefault(projectId));

    public Task<Page<ProjectRecord>> ListProjectsAsync(PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(_projects.Values, from, limit));

    public Task<IReadOnlyDictionary<Guid, long>> ReadWorkVersionsAsync(IReadOnlyCollection<Guid> projectIds, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyDictionary<Guid, long>>(projectIds.Where(_projects.ContainsKey).ToDictionary(id => id, id => _projects[id].WorkVersion));

    public Task<ApplyOutcome> CreateBatchAsync(BatchRecord batch, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_projects.ContainsKey(batch.ProjectId)) return ApplyStatus.NotFound;
        if (_batches.Values.Any(other => other.Record.ProjectId == batch.ProjectId && other.Record.Name == batch.Name)) return ApplyStatus.Duplicate;
        _batches.Add(batch.BatchId, new ModelBatch { Record = batch with { Version = 1, GateVersion = batch.Gate is null ? 0 : 1, CreatedAt = Now } });
        return ApplyStatus.Applied;
    }));

    public Task<SupervisionOutcome> ChangeBatchAsync(Guid batchId, BatchChange change, IReadOnlyCollection<BatchStatus> allowedFrom, int? expectedVersion, Operation operation, CancellationToken cancellation) => Task.FromResult(Supervise(operation, () =>
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return Refused(ApplyStatus.NotFound);
        var record = batch.Record;
        if (expectedVersion is { } expected && expected != record.Version) return Refused(ApplyStatus.VersionMismatch);
        if (!allowedFrom.Contains(record.Status)) return Refused(ApplyStatus.InvalidState);
        batch.Record = record with
        {
            Status = change.Status ?? record.Status,
            Priority = change.Priority ?? record.Priority,
            Requires = change.Requires ?? record.Requires,
            Rules = change.Rules ?? record.Rules,
            Version = record.Version + 1,
        };
        var unbegun = change.TakesBackUnbegun ? TakeBack(batch.Active.Values, BatchChange.TakenBack) : [];
        if (unbegun.Length > 0) TakeOver(batchId);
        else Wake(record.ProjectId);
        return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), [.. unbegun.Select(Ended)]);
    }));

    public Task<bool> CloseIfDrainedAsync(Guid batchId, CancellationToken cancellation)
    {
        if (!_batches.TryGetValue(batchId, out var batch) || batch.Record.Status != BatchStatus.Draining || batch.Active.Count > 0) return Task.FromResult(false);
        batch.Record = batch.Record with { Status = BatchStatus.Closed, Version = batch.Record.Version + 1 };
        return Task.FromResult(true);
    }

    public Task<BatchRecord?> GetBatchAsync(Guid batchId, CancellationToken cancellation) => Task.FromResult(_batches.GetValueOrDefault(batchId)?.Record);

    public Task<Page<BatchRecord>> ListBatchesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) =>
        Task.FromResult(PageOf(_batches.Values.Select(batch => batch.Record).Where(batch => batch.ProjectId == projectId), from, limit));

    public Task<IReadOnlyList<BatchRecord>> ListOpenBatchesAsync(Guid projectId, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<BatchRecord>>(
        [.. _batches.Values.Select(batch => batch.Record).Where(batch => batch.ProjectId == projectId && batch.Status == BatchStatus.Open)
            .OrderByDescending(batch => batch.Tier).ThenByDescending(batch => batch.Priority).Take(limit)]);

    public Task<BatchOfProject?> GetBatchOfProjectAsync(Guid batchId, CancellationToken cancellation) =>
        Task.FromResult(_batches.GetValueOrDefault(batchId) is { } batch ? new BatchOfProject(batch.Record, _projects[batch.Record.ProjectId]) : null);

    public Task<BatchCounters?> GetCountersAsync(Guid batchId, CancellationToken cancellation) => Task.FromResult(_batches.GetValueOrDefault(batchId)?.Counters);

    public Task<ApplyOutcome> CreateWorkerAsync(WorkerRecord worker, IReadOnlyCollection<Guid> projects, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (_workers.Values.Any(other => other.Record.Name == worker.Name)) return ApplyStatus.Duplicate;
        if (!projects.All(_projects.ContainsKey)) return ApplyStatus.NotFound;
        var row = new ModelWorker { Record = worker with { Version = 1, CreatedAt = Now } };
        _workers.Add(worker.WorkerId, row);
        foreach (var project in projects) Enrol(row, project);
        return ApplyStatus.Applied;
    }));

    public Task<ApplyOutcome> UpdateWorkerAsync(WorkerRecord worker, int? expectedVersion, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_workers.TryGetValue(worker.WorkerId, out var row)) return ApplyStatus.NotFound;
        if (expectedVersion is { } expected && expected != row.Record.Version) return ApplyStatus.VersionMismatch;
        row.Record = worker with { Name = row.Record.Name, BoardName = row.Record.BoardName, OnBoard = row.Record.OnBoard, Version = row.Record.Version + 1, CreatedAt = row.Record.CreatedAt };
        return ApplyStatus.Applied;
    }));

    public Task<SupervisionOutcome> SetEnrolmentAsync(Guid workerId, Guid projectId, bool enrolled, Operation operation, CancellationToken cancellation) => Task.FromResult(Supervise(operation, () =>
    {
        if (!_workers.TryGetValue(workerId, out var row) || !_projects.ContainsKey(projectId)) return Refused(ApplyStatus.NotFound);
        if (enrolled) Enrol(row, projectId);
        else row.Projects.Remove(projectId);
        var unbegun = enrolled ? [] : TakeBack(row.Active.Values.Where(held => _batches[held.Task.BatchId].Record.ProjectId == projectId), WorkerRecord.Removed);
        foreach (var batchId in unbegun.Select(held => held.Task.BatchId).Distinct()) TakeOver(batchId);
        return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), [.. unbegun.Select(Ended)]);
    }));

    private ModelAssignment[] TakeBack(IEnumerable<ModelAssignment> active, string reason)
    {
        var unbegun = active.Where(held => held.State != AssignmentState.Accepted).ToArray();
        foreach (var held in unbegun)
        {
            End(held, AssignmentState.Rescinded, retryAt: Now);
            held.EndReason = reason;
            Changed?.Invoke(held.Task);
        }

        return unbegun;
    }

    public Task<WorkerRecord?> GetWorkerAsync(Guid workerId, CancellationToken cancellation) => Task.FromResult(_workers.GetValueOrDefault(workerId)?.Record);

    public Task<IReadOnlyList<PersonAccess>> ListAccessAsync(IReadOnlyCollection<Guid> workerIds, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<PersonAccess>>(
        [.. workerIds.Where(_workers.ContainsKey).Select(id => _workers[id].Record).Select(record => new PersonAccess(record.WorkerId, record.IsActive, record.Roles))]);

    public Task<WorkerRecord?> FindWorkerByNameAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(_workers.Values.Select(worker => worker.Record).FirstOrDefault(worker => worker.Name == name));

    public Task<Page<WorkerRecord>> ListWorkersAsync(Guid? projectId, PageCursor? from, int limit, CancellationToken cancellation) =>
        Task.FromResult(PageOf(_workers.Values.Where(worker => projectId is null || worker.Projects.Contains(projectId.Value)).Select(worker => worker.Record), from, limit));

    public async Task<WorkerState?> LoadWorkerAsync(Guid workerId, CancellationToken cancellation)
    {
        if (!_workers.TryGetValue(workerId, out var worker)) return null;
        return new WorkerState
        {
            Worker = worker.Record,
            Projects = [.. worker.Projects],
            Activity = worker.Activities.Count > 0 ? worker.Activities[^1] : new ActivityRecord(Activity.Offline, null, worker.Record.CreatedAt),
            Held = [.. worker.Active.Values.OrderBy(held => held.OfferedAt).ThenBy(held => held.AssignmentId).Select(Held)],
            EvaluationSequences = worker.Evaluations.GroupBy(row => row.ProjectId).ToDictionary(group => group.Key, group => group.Max(row => row.Sequence)),
            AnsweredToday = worker.Answered,
            LastAnswerId = AnswersOf(workerId).Select(answer => answer.AnswerId).DefaultIfEmpty().Max(),
            EvidenceWaits = worker.Outbox.Count > 0,
            WorkVersions = worker.Projects.ToDictionary(id => id, id => _projects[id].WorkVersion),
            Restrictions = await LoadRestrictionsAsync(workerId, cancellation),
            Memberships = await LoadMembershipsAsync(workerId, cancellation),
        };
    }

    public Task<(ApplyOutcome Outcome, DateTimeOffset Since)> ChangeActivityAsync(Guid workerId, Activity activity, string? reason, Operation? operation, CancellationToken cancellation)
    {
        var outcome = Apply(operation, () =>
        {
            if (!_workers.TryGetValue(workerId, out var worker)) return ApplyStatus.NotFound;
            if (worker.Activities is [.., { } last] && last.Activity == activity && last.Reason == reason) return ApplyStatus.Applied;
            worker.Activities.Add(new ActivityRecord(activity, reason, Now));
            foreach (var held in worker.Active.Values.Where(held => held.Holds)) StandStill(held, activity == Activity.Break);
            return ApplyStatus.Applied;
        });
        return Task.FromResult((outcome, Now));
    }

    private void StandStill(ModelAssignment held, bool onBreak)
    {
        if (onBreak)
        {
            if (held.PausedAt is null && held.PauseLeft > TimeSpan.Zero) held.PausedAt = Now;
            return;
        }

        var used = held.PauseUsed(Now);
        held.LeaseUntil += used;
        held.Paused += used;
        held.PauseLeft -= used;
        held.PausedAt = null;
    }

    public Task<StoredOperation?> FindOperationAsync(Guid actorId, Guid operationId, CancellationToken cancellation) =>
        Task.FromResult(_operations.GetValueOrDefault((actorId, operationId)));

    public Task MarkShownAsync(IReadOnlyList<(Guid AssignmentId, Guid WorkerId)> shown, CancellationToken cancellation)
    {
        foreach (var (assignmentId, workerId) in shown)
        {
            if (_assignments.GetValueOrDefault(assignmentId) is { IsActive: true, ShownAt: null } held && held.WorkerId == workerId) (held.ShownAt, held.PausedUnshown) = (Now, held.Paused + held.PauseUsed(Now));
        }

        return Task.CompletedTask;
    }

    public Task<HeldAssignment?> FindAssignmentAsync(Guid assignmentId, Guid workerId, CancellationToken cancellation) =>
        Task.FromResult(_assignments.GetValueOrDefault(assignmentId) is { } held && held.WorkerId == workerId ? Held(held) : null);

    public Task<DraftOutcome> SaveDraftAsync(Guid assignmentId, Guid workerId, int leaseEpoch, string draft, long version, CancellationToken cancellation)
    {
        if (_assignments.GetValueOrDefault(assignmentId) is not { IsActive: true } held || held.WorkerId != workerId || held.LeaseEpoch != leaseEpoch) return Task.FromResult(DraftOutcome.NotHeld);
        if (held.DraftVersion >= version) return Task.FromResult(DraftOutcome.Stale);
        (held.Draft, held.DraftVersion) = (draft, version);
        return Task.FromResult(DraftOutcome.Saved);
    }

    private void Enrol(ModelWorker worker, Guid projectId)
    {
        worker.Projects.Add(projectId);
        Wake(projectId);
    }
}
