using MathNet.Numerics;

namespace Dispatch.Engine.Quality.Gold;

/// <summary>One answer to a gold task.</summary>
/// <param name="Score">Its score, in [0,1].</param>
/// <param name="Accuracy">The worker's expected accuracy before this answer counted.</param>
public readonly record struct GoldAnswer(double Score, double Accuracy);

/// <summary>What is thought of a gold task.</summary>
/// <param name="Answers">Answers looked at.</param>
/// <param name="ProbabilityWrong">P(its known answer is wrong).</param>
/// <param name="ProbabilityAmbiguous">P(good workers may say one thing or another).</param>
/// <param name="LeakOdds">How much likelier the answers are if the pass rate rose for the newest third than if it is one rate; 0 when it did not rise.</param>
public readonly record struct GoldVerdict(int Answers, double ProbabilityWrong, double ProbabilityAmbiguous, double LeakOdds)
{
    /// <summary>Good workers fail it: a supervisor should look at its known answer.</summary>
    public bool IsSuspect => Answers >= GoldHealth.AnswersMin && ProbabilityWrong + ProbabilityAmbiguous >= GoldHealth.SuspectFrom;

    /// <summary>It has become much easier than it was: workers may be telling each other.</summary>
    public bool IsLeaked => LeakOdds >= GoldHealth.LeakedFrom;
}

/// <summary>
/// Finds gold that is wrong, ambiguous or known. A worker of accuracy a passes sound gold with probability a, gold with a wrong key
/// with (1 − a)/(K − 1), ambiguous gold as if by a coin. So a failure of a good worker speaks against the gold, a failure of a poor
/// one hardly does, and nobody has to be called good or poor. The verdict is a flag for a person; it re-scores nobody by itself.
/// </summary>
public static class GoldHealth
{
    /// <summary>Fewer answers are never a verdict.</summary>
    public const int AnswersMin = 4;

    /// <summary>Probability from which a gold task is suspect.</summary>
    public const double SuspectFrom = 0.9;

    /// <summary>Odds from which it counts as leaked.</summary>
    public const double LeakedFrom = 20;

    /// <summary>Share of gold that is wrong, before anybody answered.</summary>
    public const double PriorWrong = 0.02;

    /// <summary>Share of gold that is ambiguous, before anybody answered.</summary>
    public const double PriorAmbiguous = 0.02;

    private const double AccuracyMargin = 0.02;

    /// <summary>Judges a gold task by its answers.</summary>
    /// <param name="answers">Its answers, oldest first, without masked ones.</param>
    /// <param name="options">K: answers to choose from, at least 2; where there is no such number, 2 is cautious.</param>
    public static GoldVerdict Judge(IReadOnlyList<GoldAnswer> answers, int options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options, 2);
        var (sound, wrong, ambiguous) = (Math.Log(1 - PriorWrong - PriorAmbiguous), Math.Log(PriorWrong), Math.Log(PriorAmbiguous));
        foreach (var answer in answers)
        {
            var accuracy = Math.Clamp(answer.Accuracy, AccuracyMargin, 1 - AccuracyMargin);
            sound += LogLikelihood(answer.Score, accuracy);
            wrong += LogLikelihood(answer.Score, (1 - accuracy) / (options - 1));
            ambiguous += LogLikelihood(answer.Score, 0.5);
        }

        var highest = Math.Max(sound, Math.Max(wrong, ambiguous));
        var (s, w, a) = (Math.Exp(sound - highest), Math.Exp(wrong - highest), Math.Exp(ambiguous - highest));
        return new(answers.Count, w / (s + w + a), a / (s + w + a), LeakOddsOf(answers));
    }

    private static double LogLikelihood(double score, double pass) => (score * Math.Log(pass)) + ((1 - score) * Math.Log(1 - pass));

    // Two rates against one, each with every rate equally likely before: a ratio of Beta functions.
    private static double LeakOddsOf(IReadOnlyList<GoldAnswer> answers)
    {
        var split = answers.Count - (answers.Count / 3);
        var newest = answers.Count - split;
        if (newest < AnswersMin) return 0;
        var (before, after) = (answers.Take(split).Sum(answer => answer.Score), answers.Skip(split).Sum(answer => answer.Score));
        if (after / newest <= before / split) return 0;
        var (beforeFailed, afterFailed) = (split - before, newest - after);
        return Math.Exp(SpecialFunctions.BetaLn(1 + before, 1 + beforeFailed) + SpecialFunctions.BetaLn(1 + after, 1 + afterFailed) - SpecialFunctions.BetaLn(1 + before + after, 1 + beforeFailed + afterFailed));
    }
}
