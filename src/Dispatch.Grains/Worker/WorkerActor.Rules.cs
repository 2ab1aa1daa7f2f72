using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Engine.Quality.Rules;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Quality rules: judged after each fold, in force until they end, and always explained.</summary>
internal sealed partial class WorkerActor
{
    /// <summary>The last so many training answers end the demand for training, if they were good enough.</summary>
    private const int TrainingAnswers = 5;

    /// <summary>Evaluations read at once to count them.</summary>
    private const int TrainingRowsMax = 5_000;

    private List<RestrictionRow> _restrictions = [];
    private readonly Dictionary<Guid, RecentWindow> _rapid = [];
    private readonly Dictionary<Guid, RecentWindow> _skips = [];

    private void MergeRestrictions(IReadOnlyList<RestrictionRow> rows) => _restrictions = [.. rows];

    private IEnumerable<RestrictionRow> InForce(Guid projectId)
    {
        var now = _storeClock.Now;
        return _restrictions.Where(row => row.ProjectId == projectId && row.LiftedAt is null && !(row.Until <= now));
    }

    private bool IsInForce(Guid projectId, QualityAction action) => _restrictions.Count > 0 && InForce(projectId).Any(row => row.Action == action);

    /// <summary>The action that keeps the worker from a batch; null when none does.</summary>
    private RestrictionRow? Barring(BatchRecord batch) => _restrictions.Count == 0 ? null : InForce(batch.ProjectId).FirstOrDefault(row => row.Action switch
    {
        QualityAction.Restrict => row.BatchId is null || row.BatchId == batch.BatchId,
        QualityAction.RequireTraining => batch.Purpose != BatchPurpose.Training,
        _ => false,
    });

    private static RecentWindow Add(Dictionary<Guid, RecentWindow> windows, Guid projectId, bool good) => windows[projectId] = windows.GetValueOrDefault(projectId).Add(good);

    /// <summary>An answer far faster than the pool: only ever counted together with an accuracy in doubt.</summary>
    private void NoteTime(Guid projectId, TimeSpan handling)
    {
        if (boards.Read(projectId)?.Cutoffs.PoolMedianSeconds is { } pool) Add(_rapid, projectId, handling.TotalSeconds >= pool * RapidAnswer.ShareOfMean);
        Add(_skips, projectId, good: true);
    }

    private async Task ApplyRulesAsync(Guid projectId)
    {
        var quality = QualityOf(projectId);
        if (quality.Rules.Count == 0 || QualityPolicyChecks.Check(quality).Count > 0) return;
        var standing = _standings.Of(projectId);

        // Where gold is hidden, a rule that looked at it at once would tell of it.
        var evidence = GoldSecrecy.ForRules(quality.Gold, standing.Fold, standing.Told);
        var state = new QualityState(evidence, Accuracy.Of(evidence, catalog.PriorOf(projectId)), _rapid.GetValueOrDefault(projectId), _skips.GetValueOrDefault(projectId));
        var outcomes = new RuleBook(quality).Judge(state, InForce(projectId).Select(row => row.Rule).ToHashSet(StringComparer.Ordinal));
        if (outcomes.Count == 0) return;
        IReadOnlyList<RestrictionRow> stored;
        try
        {
            stored = await store.AppendRestrictionsAsync([.. outcomes.Select(outcome => RowOf(projectId, standing.Sequence, outcome))], CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // Judged again at the next fold.
            return;
        }

        _restrictions.AddRange(stored);
        foreach (var outcome in outcomes.Where(outcome => stored.Any(row => row.Rule == outcome.Rule.Name)))
        {
            if (outcome.Rule is { Action: QualityAction.SetLabel, Label: { } label }) await SetLabelAsync(label);
            _sessions.Push(position => new Notice { Position = position, Text = outcome.Sentence });
        }
    }

    private RestrictionRow RowOf(Guid projectId, long sequence, RuleOutcome outcome) => new()
    {
        RestrictionId = ids.NewId(),
        WorkerId = workerId,
        ProjectId = projectId,
        BatchId = outcome.Rule.BatchId,
        Action = outcome.Rule.Action,
        Rule = outcome.Rule.Name,
        Sequence = sequence,
        Reason = outcome.Sentence,
        For = outcome.Rule.Action == QualityAction.RequireTraining ? null : TimeSpan.FromSeconds(outcome.Rule.ForSeconds),
    };

    /// <summary>Labels are the worker's record: the change is stored like a supervisor's, under the version that is known here.</summary>
    private async Task SetLabelAsync(string label)
    {
        if (WorkerLabelText.With(_worker!.Labels, label) is not { } labels) return;
        var operation = new Operation { ActorId = workerId, OperationId = ids.NewId(), PayloadHash = [], Kind = OperationKinds.SetLabel, AuditSubject = workerId, Reason = $"A quality rule set '{label}'." };
        try
        {
            var changed = _worker with { Labels = labels };
            if ((await store.UpdateWorkerAsync(changed, _worker.Version, operation, CancellationToken.None)).Status == ApplyStatus.Applied)
            {
                (_worker, _labels) = (changed with { Version = changed.Version + 1 }, Engine.Matching.WorkerLabels.Parse(labels));
            }
            else
            {
                _mustReload = true;
            }
        }
        catch (StoreUnavailableException)
        {
            _mustReload = true;
        }
    }

    /// <summary>The demand for training ends with a few good answers in training, counted from the rows since it was made: a process that dies must not cost them.</summary>
    private async Task TrainedAsync(Guid projectId)
    {
        if (InForce(projectId).FirstOrDefault(row => row.Action == QualityAction.RequireTraining) is not { } demanded) return;
        try
        {
            FoldPosition[] since = [.. _standings.All.Where(standing => standing.ProjectId != projectId).Select(standing => standing.Position), new FoldPosition(projectId, demanded.Sequence, 0)];
            var rows = await store.LoadEvaluationsAsync(workerId, since, TrainingRowsMax, CancellationToken.None);
            double[] scores = [.. rows.Where(row => row.ProjectId == projectId && row.Kind == EvidenceKinds.Training).Select(row => row.Score)];
            if (scores.Length < TrainingAnswers || scores.TakeLast(TrainingAnswers).Average() < QualityOf(projectId).GoodAccuracy) return;
            var operation = new Operation { ActorId = workerId, OperationId = ids.NewId(), PayloadHash = [], Kind = OperationKinds.LiftRestriction, AuditSubject = workerId, Reason = "The training was done." };
            if ((await store.LiftRestrictionAsync(demanded.RestrictionId, operation, CancellationToken.None)).Status != ApplyStatus.Applied)
            {
                _mustReload = true;
                return;
            }

            _restrictions.Remove(demanded);
            _sessions.Push(position => new Notice { Position = position, Text = "Well done: the training is complete, and the work of the project is open to you again." });
        }
        catch (StoreUnavailableException)
        {
            // Tried again with the next training answer.
        }
    }
}
