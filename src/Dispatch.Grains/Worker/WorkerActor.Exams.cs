using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality.Exams;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Exams: whether a question may come, what an attempt came to, and what is told of it.</summary>
internal sealed partial class WorkerActor
{
    /// <summary>No timer is set for longer: the actor may be another one by then.</summary>
    private static readonly TimeSpan ExamTimerMax = TimeSpan.FromHours(12);

    private readonly Dictionary<Guid, (ExamPolicy? Policy, ExamProgress Progress)> _exams = [];
    private ExamRows? _examRows;
    private IDisposable? _examTimer;

    private ExamPolicy? ExamOf(Guid projectId) => QualityOf(projectId).Exam;

    private async Task LoadExamsAsync(IReadOnlyList<Guid> projects, CancellationToken cancellation)
    {
        _exams.Clear();
        _examRows = projects.Any(project => ExamOf(project) is not null) ? await store.LoadExamsAsync(workerId, projectId: null, cancellation) : null;

        // An attempt whose last answer was committed by a life that did not come to end it is ended at the next occasion.
        foreach (var projectId in projects.Where(project => ProgressOf(project).Outcome is not null)) _news.TryAdd(projectId, null);
    }

    private ExamProgress ProgressOf(Guid projectId)
    {
        var policy = ExamOf(projectId);
        if (_exams.TryGetValue(projectId, out var known) && known.Policy == policy) return known.Progress;

        // The exam came with a later version of the project than the one that was loaded with: its rows are read at the next occasion, and nothing is handed out until then.
        if (_examRows is null && policy is not null)
        {
            _mustReload = true;
            return ExamViews.Fold(policy: null, projectId, new ExamRows([], [], []));
        }

        return (_exams[projectId] = (policy, ExamViews.Fold(policy, projectId, _examRows ?? new ExamRows([], [], [])))).Progress;
    }

    /// <summary>What keeps the worker from the questions of an exam batch: asked where work is chosen, and where it is explained.</summary>
    private ExamBar ExamBarOf(BatchRecord batch) => batch.Purpose == BatchPurpose.Exam
        ? ProgressOf(batch.ProjectId).BarAt(_storeClock.Now, _held.Values.Count(item => item.Work.ProjectId == batch.ProjectId && item.Work.Purpose == BatchPurpose.Exam))
        : ExamBar.None;

    /// <summary>An answer to a question was acknowledged.</summary>
    private void NoteQuestion(HeldWork work, OwnEvaluation evaluation, DateTimeOffset at)
    {
        if (_examRows is null) return;
        _examRows = _examRows with
        {
            Answers =
            [
                .. _examRows.Answers,
                new EvaluationRow
                {
                    WorkerId = workerId,
                    ProjectId = work.ProjectId,
                    Sequence = evaluation.Row.Sequence,
                    Kind = evaluation.Kind,
                    Source = "",
                    Score = evaluation.Score,
                    Weight = 0,
                    AssignmentId = work.AssignmentId,
                    CreatedAt = at,
                },
            ],
        };
        _exams.Remove(work.ProjectId);
    }

    /// <summary>
    /// Ends the attempt that has all its answers: row and label in one transaction. Whoever comes to it again, after whatever crash, folds the same rows and finds it stored.
    /// </summary>
    /// <returns>What to say of it; null when no attempt ended.</returns>
    private async Task<StandingCause?> EndExamAsync(Guid projectId)
    {
        if (ExamOf(projectId) is not { } policy || ProgressOf(projectId).Outcome is not { } outcome) return null;
        var labels = outcome.Passed ? WorkerLabelText.With(_worker!.Labels, policy.Label) : null;
        var row = new ExamAttemptRow
        {
            WorkerId = workerId,
            ProjectId = projectId,
            Attempt = outcome.Attempt,
            LastSequence = outcome.LastSequence,
            Questions = outcome.Questions,
            Score = outcome.Score,
            PassScore = policy.PassScore,
            Passed = outcome.Passed,
            Label = policy.Label,
            RetryAfter = outcome.Passed ? null : TimeSpan.FromSeconds(policy.RetryAfterSeconds),
        };
        var operation = new Operation { ActorId = workerId, OperationId = ids.NewId(), PayloadHash = [], Kind = OperationKinds.EndExam, AuditSubject = workerId, Reason = outcome.Passed ? $"The exam was passed: it sets '{policy.Label}'." : "The exam was not passed." };
        try
        {
            var ended = (await store.EndExamAttemptAsync(row, labels, _worker!.Version, operation, CancellationToken.None)).Status;
            if (ended is not (ApplyStatus.Applied or ApplyStatus.Duplicate))
            {
                _mustReload = true;
                return null;
            }

            if (ended == ApplyStatus.Duplicate) _mustReload = true;
            else if (labels is not null) (_worker, _labels) = (_worker with { Labels = labels, Version = _worker.Version + 1 }, Engine.Matching.WorkerLabels.Parse(labels));
            _examRows = await store.LoadExamsAsync(workerId, projectId: null, CancellationToken.None);
            _exams.Clear();
        }
        catch (StoreUnavailableException)
        {
            // Ended at the next load, from the same rows.
            _mustReload = true;
            return null;
        }

        if (ProgressOf(projectId) is not { Last: { } last } progress) return null;
        _storeClock.Set(last.EndedAt);
        var text = ExamSentences.Result(last, progress.AttemptsAllowed, policy.Label);
        _sessions.Push(position => new Notice { Position = position, Text = text });
        return new StandingCause { Kind = StandingCauseKind.Exam, Text = text, At = last.EndedAt };
    }

    private ExamView? ExamViewOf(Guid projectId) => _examRows is not null && ExamOf(projectId) is { } policy ? ExamViews.Of(ProgressOf(projectId), policy, _storeClock.Now) : null;

    /// <summary>The end of a wait makes no row and bumps no version: whoever waits for it is woken by their own actor.</summary>
    private void WatchExams()
    {
        _examTimer?.Dispose();
        _examTimer = null;
        if (!_sessions.Any) return;
        DateTimeOffset? next = null;
        foreach (var projectId in _projects)
        {
            if (ExamOf(projectId) is not null && ProgressOf(projectId) is var progress && progress.BarAt(_storeClock.Now, held: 0) == ExamBar.Waiting && !(next < progress.NextAt)) next = progress.NextAt;
        }

        if (next is not { } at) return;
        var due = at - _storeClock.Now;
        _examTimer = host.After(due < ExamTimerMax ? due : ExamTimerMax, () => FillAsync(exceptConnectionId: null));
    }

    private IdleReason AboutExam(BatchRecord batch, ExamBar bar) => new()
    {
        Reason = "exam",
        Batch = batch.Name,
        Text = bar switch
        {
            ExamBar.NoExam => "It is an exam, and the project does not say yet what passes it.",
            ExamBar.InHand => "The last questions of your exam are in your hands.",
            _ => ExamViewOf(batch.ProjectId)?.Text ?? "",
        },
        Remedy = bar switch
        {
            ExamBar.NoExam => "Ask a supervisor to set the exam of the project's quality policy.",
            ExamBar.InHand => "Answer them: the result follows.",
            ExamBar.UsedUp => "Ask a supervisor for another attempt.",
            ExamBar.Waiting => "Wait until then, or ask a supervisor for an attempt before.",
            _ => null,
        },
    };
}
