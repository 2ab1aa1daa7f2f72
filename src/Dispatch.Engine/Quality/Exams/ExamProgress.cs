using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Quality.Exams;

/// <summary>
/// How a worker stands in the exam of a project: a fold over stored attempts, grants and the judged answers since the last attempt, and
/// nothing else, so whoever folds it comes to the same. An attempt is as many questions as the policy asks for, in the order in which they were
/// judged. It goes on to its last question also when it can no longer be passed: ending it early would tell which answers were wrong.
/// </summary>
public sealed class ExamProgress
{
    // A share of questions is a sum of fractions: 0.8 of ten must not fail for the last bit.
    private const double Rounding = 1e-9;

    private readonly ExamPolicy? _policy;
    private readonly ExamAttempt? _last;
    private readonly bool _granted;
    private readonly int _count;
    private readonly double _sum;
    private readonly long _lastSequence;

    private ExamProgress(ExamPolicy? policy, IReadOnlyList<ExamAttempt> attempts, IReadOnlyList<DateTimeOffset> grants, IReadOnlyList<ExamAnswer> answers)
    {
        _policy = policy;
        _last = attempts.MaxBy(attempt => attempt.Attempt);
        AttemptsAllowed = (policy?.AttemptsMax ?? 0) + grants.Count;
        DateTimeOffset? grantedAt = _last is null ? null : grants.Where(at => at > _last.EndedAt).Cast<DateTimeOffset?>().Min();
        _granted = grantedAt is not null;
        NextAt = _granted ? grantedAt : _last?.NextAt;
        if (policy is null || IsOver) return;

        // A late answer to a question of an ended attempt is of no attempt: it was answered while none could be going on.
        foreach (var answer in answers.Where(answer => answer.Sequence > (_last?.LastSequence ?? 0) && !(answer.At < NextAt)).OrderBy(answer => answer.Sequence))
        {
            if (_count == policy.Questions) break;
            (_count, _sum, _lastSequence) = (_count + 1, _sum + answer.Score, answer.Sequence);
        }
    }

    /// <summary>Number of the attempt that is going on, or comes next; of the last one, when none does.</summary>
    public int Attempt => IsOver ? _last?.Attempt ?? 0 : (_last?.Attempt ?? 0) + 1;

    /// <summary>Attempts allowed in all: those of the policy, and those granted.</summary>
    public int AttemptsAllowed { get; }

    /// <summary>Questions of this attempt that were answered.</summary>
    public int Answered => _count;

    /// <summary>Since when, or from when on, this attempt may go on; null for at once.</summary>
    public DateTimeOffset? NextAt { get; }

    /// <summary>The last attempt that ended; null when none did.</summary>
    public ExamAttempt? Last => _last;

    /// <summary>Passed, and no further attempt was granted since.</summary>
    public bool IsPassed => _last is { Passed: true } && !_granted;

    /// <summary>No attempt is left.</summary>
    public bool IsUsedUp => _policy is not null && !IsPassed && !_granted && _last is not null && _last.Attempt >= AttemptsAllowed;

    private bool IsOver => IsPassed || IsUsedUp;

    /// <summary>The attempt that has all its answers and is to be stored; null while it has not.</summary>
    public ExamOutcome? Outcome => _policy is { } policy && _count > 0 && _count >= policy.Questions
        ? new ExamOutcome((_last?.Attempt ?? 0) + 1, _lastSequence, _count, _sum / _count, _sum + Rounding >= policy.PassScore * _count)
        : null;

    /// <summary>Folds what is stored.</summary>
    /// <param name="policy">The project's exam; null when it has none.</param>
    /// <param name="attempts">Attempts that ended.</param>
    /// <param name="grants">When further attempts were granted. A grant after an attempt also ends the wait after it.</param>
    /// <param name="answers">Judged answers to questions; those of ended attempts are passed over.</param>
    public static ExamProgress Of(ExamPolicy? policy, IReadOnlyList<ExamAttempt> attempts, IReadOnlyList<DateTimeOffset> grants, IReadOnlyList<ExamAnswer> answers) => new(policy, attempts, grants, answers);

    /// <summary>Whether the worker may be handed a question now.</summary>
    /// <param name="now">Now, by the store's time.</param>
    /// <param name="held">Questions that the worker holds.</param>
    public ExamBar BarAt(DateTimeOffset now, int held)
    {
        if (_policy is null) return ExamBar.NoExam;
        if (IsPassed) return ExamBar.Passed;
        if (IsUsedUp) return ExamBar.UsedUp;
        if (now < NextAt) return ExamBar.Waiting;
        return _count + held >= _policy.Questions ? ExamBar.InHand : ExamBar.None;
    }
}
