namespace Dispatch.Engine.Quality.Exams;

/// <summary>One committed, judged answer to a question of an exam.</summary>
/// <param name="Sequence">The worker's evaluation sequence in the project.</param>
/// <param name="Score">In [0,1].</param>
/// <param name="At">When it was stored.</param>
public readonly record struct ExamAnswer(long Sequence, double Score, DateTimeOffset At);

/// <summary>An attempt that has ended, as it was stored: with what was asked for then, whatever the policy says now.</summary>
/// <param name="Attempt">1 for the first.</param>
/// <param name="LastSequence">Evaluation of its last question: later answers are of a later attempt.</param>
/// <param name="Questions">Questions judged.</param>
/// <param name="Score">Mean score, in [0,1].</param>
/// <param name="PassScore">Mean score that was asked for.</param>
/// <param name="Passed">Whether it was reached.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="NextAt">When the next one may begin, as the worker was told; null after a pass.</param>
public sealed record ExamAttempt(int Attempt, long LastSequence, int Questions, double Score, double PassScore, bool Passed, DateTimeOffset EndedAt, DateTimeOffset? NextAt);

/// <summary>An attempt that is complete and not stored yet.</summary>
/// <param name="Attempt">1 for the first.</param>
/// <param name="LastSequence">Evaluation of its last question.</param>
/// <param name="Questions">Questions judged.</param>
/// <param name="Score">Mean score, in [0,1].</param>
/// <param name="Passed">Whether it is enough.</param>
public sealed record ExamOutcome(int Attempt, long LastSequence, int Questions, double Score, bool Passed);

/// <summary>Why a worker gets no question of an exam now.</summary>
public enum ExamBar
{
    /// <summary>Nothing bars: the next question may come.</summary>
    None = 0,
    /// <summary>The project has no exam.</summary>
    NoExam = 1,
    /// <summary>It is passed already.</summary>
    Passed = 2,
    /// <summary>No attempt is left.</summary>
    UsedUp = 3,
    /// <summary>The wait before the next attempt is not over.</summary>
    Waiting = 4,
    /// <summary>The rest of the questions of this attempt are in hand.</summary>
    InHand = 5,
}
