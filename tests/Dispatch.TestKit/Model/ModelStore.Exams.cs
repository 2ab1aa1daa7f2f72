using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Exams.</summary>
public sealed partial class ModelStore
{
    private readonly List<ExamAttemptRow> _examAttempts = [];
    private readonly List<ExamGrantRow> _examGrants = [];

    public IReadOnlyList<ExamAttemptRow> ExamAttempts => _examAttempts;

    public Task<ExamRows> LoadExamsAsync(Guid workerId, Guid? projectId, CancellationToken cancellation)
    {
        bool Asked(Guid worker, Guid project) => worker == workerId && (projectId is null || project == projectId);
        static string Order(Guid project) => project.ToString("D");
        var attempts = _examAttempts.Where(row => Asked(row.WorkerId, row.ProjectId)).OrderBy(row => Order(row.ProjectId), StringComparer.Ordinal).ThenBy(row => row.Attempt).ToArray();
        long Ended(Guid project) => attempts.Where(row => row.ProjectId == project).Select(row => row.LastSequence).DefaultIfEmpty(0).Max();
        return Task.FromResult(new ExamRows(
            attempts,
            [.. _examGrants.Where(row => Asked(row.WorkerId, row.ProjectId)).OrderBy(row => Order(row.ProjectId), StringComparer.Ordinal).ThenBy(row => row.At).ThenBy(row => Order(row.GrantId), StringComparer.Ordinal)],
            [.. (_workers.ContainsKey(workerId) ? Rows(workerId) : []).Where(row => Asked(row.WorkerId, row.ProjectId) && row.Kind == EvidenceKinds.Exam && row.Sequence > Ended(row.ProjectId))
                .OrderBy(row => Order(row.ProjectId), StringComparer.Ordinal).ThenBy(row => row.Sequence)]));
    }

    public Task<ApplyOutcome> EndExamAttemptAsync(ExamAttemptRow attempt, string? labels, int expectedVersion, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_workers.TryGetValue(attempt.WorkerId, out var worker)) return ApplyStatus.NotFound;
        if (_examAttempts.Exists(row => row.WorkerId == attempt.WorkerId && row.ProjectId == attempt.ProjectId && row.Attempt == attempt.Attempt)) return ApplyStatus.Duplicate;
        if (labels is not null && worker.Record.Version != expectedVersion) return ApplyStatus.VersionMismatch;
        _examAttempts.Add(attempt with { EndedAt = Now, NextAt = Now + attempt.RetryAfter, RetryAfter = null });
        if (labels is not null) worker.Record = worker.Record with { Labels = labels, Version = worker.Record.Version + 1 };
        return ApplyStatus.Applied;
    }));

    public Task<ApplyOutcome> GrantExamAsync(ExamGrantRow grant, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (!_workers.TryGetValue(grant.WorkerId, out var worker) || !worker.Projects.Contains(grant.ProjectId)) return ApplyStatus.NotFound;
        _examGrants.Add(grant with { At = Now });
        Wake(grant.ProjectId);
        return ApplyStatus.Applied;
    }));
}
