using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Evaluations, the outbox, pool priors and what rules did to workers.</summary>
public sealed partial class ModelStore
{
    private readonly List<PoolPrior> _priors = [];
    private readonly List<RestrictionRow> _restrictions = [];
    private long _appends;
    private long _lastAnswerId;

    public Task AppendOutboxAsync(IReadOnlyList<OutboxEvaluation> rows, CancellationToken cancellation)
    {
        AppendOutbox(rows);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<DrainedOutbox>> DrainOutboxAsync(IReadOnlyList<OutboxDrain> workers, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<DrainedOutbox>>([.. workers.Select(Drain)]);

    private DrainedOutbox Drain(OutboxDrain drain)
    {
        var worker = _workers[drain.WorkerId];
        var last = drain.LastSequences.ToDictionary();
        if (worker.Outbox.Exists(waiting => worker.Evaluations.Exists(other => other.ProjectId == waiting.Row.ProjectId && other.Sequence > last.GetValueOrDefault(waiting.Row.ProjectId))))
        {
            return new DrainedOutbox(IsBehind: true, []);
        }

        List<ModelEvaluation> drained = [];
        foreach (var (_, row) in worker.Outbox.OrderBy(waiting => waiting.Row.Masks is not null).ThenBy(waiting => waiting.Append).ThenBy(waiting => waiting.Row.Source, StringComparer.Ordinal))
        {
            var sequence = last[row.ProjectId] = last.GetValueOrDefault(row.ProjectId) + 1;
            var masks = row.Masks is null ? null : worker.Evaluations.Find(other => other.Source == row.Masks && other.ProjectId == row.ProjectId)?.Sequence;
            drained.Add(new ModelEvaluation(row.ProjectId, sequence, row.Kind, row.Source, row.Score, row.Weight, row.AssignmentId, Now, masks));
            worker.Evaluations.Add(drained[^1]);
        }

        worker.Outbox.Clear();
        return new DrainedOutbox(IsBehind: false, [.. drained.OrderBy(row => row.ProjectId.ToString("D"), StringComparer.Ordinal).ThenBy(row => row.Sequence).Select(row => RowOf(drain.WorkerId, row))]);
    }

    public Task<IReadOnlyList<Guid>> ListStaleOutboxAsync(TimeSpan age, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<Guid>>(
        [.. _workers.Values.Where(worker => worker.Outbox.Count > 0).OrderBy(worker => worker.Outbox.Min(row => row.Append))
            .ThenBy(worker => worker.Record.WorkerId.ToString("D"), StringComparer.Ordinal).Select(worker => worker.Record.WorkerId).Take(limit)]);

    public Task<IReadOnlyList<EvaluationRow>> LoadEvaluationsAsync(Guid workerId, IReadOnlyCollection<FoldPosition> after, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<EvaluationRow>>(
        [.. Rows(workerId).Where(row => row.Sequence > (after.FirstOrDefault(position => position.ProjectId == row.ProjectId)?.Sequence ?? 0))
            .OrderBy(row => row.ProjectId.ToString("D"), StringComparer.Ordinal).ThenBy(row => row.Sequence).Take(limit)]);

    public Task<IReadOnlyList<HandlingRow>> LoadHandlingAsync(Guid workerId, long after, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<HandlingRow>>(
        [.. AnswersOf(workerId).Where(answer => answer.AnswerId > after).OrderBy(answer => answer.AnswerId).Take(limit)
            .Select(answer => new HandlingRow(ProjectOf(answer), answer.AnswerId, answer.Handling, answer.SubmittedAt))]);

    public Task<Page<EvaluationRow>> ListEvaluationsAsync(Guid workerId, Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) =>
        Task.FromResult(PageOf(Rows(workerId).Where(row => row.ProjectId == projectId).OrderByDescending(row => row.Sequence), from, limit));

    public async IAsyncEnumerable<EvaluationRow> ExportEvaluationsAsync(Guid projectId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var workerId in _workers.Keys.OrderBy(id => id.ToString("D"), StringComparer.Ordinal))
        {
            foreach (var row in Rows(workerId).Where(row => row.ProjectId == projectId).OrderBy(row => row.Sequence)) yield return row;
        }
    }

    public Task<PoolPrior?> GetPriorAsync(Guid projectId, CancellationToken cancellation) => Task.FromResult(_priors.FindLast(prior => prior.ProjectId == projectId));

    public Task<PoolPrior> AppendPriorAsync(PoolPrior prior, CancellationToken cancellation)
    {
        var present = _priors.FindLast(other => other.ProjectId == prior.ProjectId);
        if (prior.Version == (present?.Version ?? 0) + 1) _priors.Add(present = prior with { CreatedAt = Now });
        return Task.FromResult(present ?? throw new ArgumentException("The first version of a prior is 1.", nameof(prior)));
    }

    public Task<IReadOnlyList<RestrictionRow>> AppendRestrictionsAsync(IReadOnlyList<RestrictionRow> rows, CancellationToken cancellation)
    {
        List<RestrictionRow> stored = [];
        foreach (var row in rows)
        {
            if (_restrictions.Exists(other => other.WorkerId == row.WorkerId && other.ProjectId == row.ProjectId && other.Rule == row.Rule && other.Sequence == row.Sequence)) continue;
            stored.Add(row with { Until = Now + row.For, CreatedAt = Now, LiftedAt = null });
            _restrictions.Add(stored[^1]);
        }

        return Task.FromResult<IReadOnlyList<RestrictionRow>>(stored);
    }

    public Task<IReadOnlyList<RestrictionRow>> LoadRestrictionsAsync(Guid workerId, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<RestrictionRow>>([.. _restrictions.Where(row => row.WorkerId == workerId && IsInForce(row))]);

    public Task<ApplyOutcome> LiftRestrictionAsync(Guid restrictionId, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        var index = _restrictions.FindIndex(row => row.RestrictionId == restrictionId);
        if (index < 0) return ApplyStatus.NotFound;
        if (!IsInForce(_restrictions[index])) return ApplyStatus.InvalidState;
        _restrictions[index] = _restrictions[index] with { LiftedAt = Now };
        Wake(_restrictions[index].ProjectId);
        return ApplyStatus.Applied;
    }));

    private bool IsInForce(RestrictionRow row) => row.LiftedAt is null && !(row.Until <= Now);

    private void AppendOutbox(IReadOnlyList<OutboxEvaluation> rows)
    {
        _appends++;
        foreach (var row in rows)
        {
            var worker = _workers[row.WorkerId];
            if (worker.Outbox.Exists(other => other.Row.Source == row.Source) || worker.Evaluations.Exists(other => other.Source == row.Source)) continue;
            worker.Outbox.Add((_appends, row));
        }
    }

    private IEnumerable<EvaluationRow> Rows(Guid workerId) => _workers[workerId].Evaluations.Select(row => RowOf(workerId, row));

    private static EvaluationRow RowOf(Guid workerId, ModelEvaluation row) => new()
    {
        WorkerId = workerId,
        ProjectId = row.ProjectId,
        Sequence = row.Sequence,
        Kind = row.Kind,
        Source = row.Source,
        Score = row.Score,
        Weight = row.Weight,
        AssignmentId = row.AssignmentId,
        Masks = row.Masks,
        CreatedAt = row.CreatedAt,
    };

    private IEnumerable<ModelAnswer> AnswersOf(Guid workerId) =>
        _batches.Values.SelectMany(batch => batch.AnswerRows).Where(answer => answer.Assignment.WorkerId == workerId).OrderBy(answer => answer.AnswerId);

    private Guid ProjectOf(ModelAnswer answer) => _batches[answer.Assignment.Task.BatchId].Record.ProjectId;
}
