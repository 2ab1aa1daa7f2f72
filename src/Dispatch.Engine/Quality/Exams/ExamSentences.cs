using System.Globalization;

namespace Dispatch.Engine.Quality.Exams;

/// <summary>Says to a worker how the exam stands: what was reached, what was asked for, what comes next.</summary>
public static class ExamSentences
{
    /// <summary>The result of an attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="attemptsAllowed">Attempts allowed in all.</param>
    /// <param name="label">The label that passing sets.</param>
    public static string Result(ExamAttempt attempt, int attemptsAllowed, string label)
    {
        var reached = $"{Percent(attempt.Score)} of {attempt.Questions} questions, and {Percent(attempt.PassScore)} were asked for.";
        if (attempt.Passed) return $"You passed the exam: {reached} You now have the label '{label}'.";
        var failed = $"The exam was not passed: {reached} That was attempt {attempt.Attempt} of {attemptsAllowed}.";
        return attempt.Attempt < attemptsAllowed ? $"{failed} {Next(attempt.NextAt)}" : $"{failed} A supervisor can grant another one.";
    }

    /// <summary>How the exam stands now.</summary>
    /// <param name="progress">The fold.</param>
    /// <param name="questions">Questions of an attempt.</param>
    /// <param name="label">The label that passing sets.</param>
    /// <param name="now">Now, by the store's time.</param>
    public static string Now(ExamProgress progress, int questions, string label, DateTimeOffset now) => progress.BarAt(now, held: 0) switch
    {
        ExamBar.Passed or ExamBar.UsedUp => Result(progress.Last!, progress.AttemptsAllowed, label),
        ExamBar.Waiting => Result(progress.Last!, progress.AttemptsAllowed, label),
        _ => $"Attempt {progress.Attempt} of {progress.AttemptsAllowed}: {progress.Answered} of {questions} questions are answered. The result is told after the last one.",
    };

    private static string Next(DateTimeOffset? at) => at is { } next ? $"The next one may begin at {next.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC." : "The next one may begin at once.";

    private static string Percent(double share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
