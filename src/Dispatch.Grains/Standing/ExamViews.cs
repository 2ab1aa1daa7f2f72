using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality.Exams;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Stored exams as the engine folds them, and as people see them.</summary>
public static class ExamViews
{
    /// <summary>Folds the rows of one project.</summary>
    /// <param name="policy">The project's exam; null when it has none.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="rows">Rows of a worker; those of other projects are passed over.</param>
    public static ExamProgress Fold(ExamPolicy? policy, Guid projectId, ExamRows rows) => ExamProgress.Of(
        policy,
        [.. rows.Attempts.Where(row => row.ProjectId == projectId).Select(AttemptOf)],
        [.. rows.Grants.Where(row => row.ProjectId == projectId).Select(row => row.At)],
        [.. rows.Answers.Where(row => row.ProjectId == projectId).Select(row => new ExamAnswer(row.Sequence, row.Score, row.CreatedAt))]);

    /// <summary>As the worker sees it.</summary>
    /// <param name="progress">The fold.</param>
    /// <param name="policy">The project's exam.</param>
    /// <param name="now">Now, by the store's time.</param>
    public static ExamView Of(ExamProgress progress, ExamPolicy policy, DateTimeOffset now)
    {
        var state = progress.BarAt(now, held: 0) switch
        {
            ExamBar.Passed => ExamState.Passed,
            ExamBar.UsedUp => ExamState.UsedUp,
            ExamBar.Waiting => ExamState.Waiting,
            _ => ExamState.Open,
        };
        return new ExamView
        {
            State = state,
            Attempt = progress.Attempt,
            AttemptsAllowed = progress.AttemptsAllowed,
            Answered = progress.Answered,
            Questions = policy.Questions,
            PassScore = policy.PassScore,
            Label = policy.Label,
            LastScore = progress.Last?.Score,
            LastEndedAt = progress.Last?.EndedAt,
            NextAt = state == ExamState.Waiting ? progress.NextAt : null,
            Text = ExamSentences.Now(progress, policy.Questions, policy.Label, now),
        };
    }

    private static ExamAttempt AttemptOf(ExamAttemptRow row) => new(row.Attempt, row.LastSequence, row.Questions, row.Score, row.PassScore, row.Passed, row.EndedAt, row.NextAt);
}
