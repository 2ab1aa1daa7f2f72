using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>How each clause is judged. Comparisons are written so that a number that is none (NaN) never passes.</summary>
public sealed partial class Gate
{
    /// <summary>Tasks of a batch that one worker may take in all.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="tasks">Tasks of the batch.</param>
    public static long ShareLimit(ShareGuardPolicy guard, long tasks) => Math.Max(guard.AlwaysAllowed, (long)Math.Floor(guard.ShareMax * tasks));

    private static ClauseVerdict JudgeEvidence(EvidenceClause clause, bool stays, StandingFigures figures)
    {
        var needed = stays ? clause.Stay ?? clause.Enter : clause.Enter;
        return AtLeast(GateClauseKind.Evidence, needed, figures.EffectiveN);
    }

    private static ClauseVerdict JudgeAccuracy(AccuracyClause clause, bool stays, StandingFigures figures)
    {
        var threshold = stays ? clause.Threshold - clause.Hysteresis : clause.Threshold;
        var needed = stays ? clause.StayProbability : clause.Probability;
        return AtLeast(GateClauseKind.Accuracy, needed, figures.Accuracy.ProbabilityAtLeast(threshold)) with { Threshold = threshold };
    }

    private static ClauseVerdict JudgeHandlingTime(HandlingTimeClause clause, bool stays, StandingFigures figures, BoardReading? board)
    {
        var needed = stays ? clause.StayRatioMax ?? clause.RatioMax : clause.RatioMax;
        var verdict = new ClauseVerdict { Kind = GateClauseKind.HandlingTime, Needed = needed, Meets = false };
        if (FaultOf(board) is var fault and not ClauseFault.None) return verdict with { Fault = fault };
        if (figures.TimedAnswers < clause.AnswersMin || figures.MedianSeconds is not { } own) return verdict with { Fault = ClauseFault.TooFewTimes };
        if (board!.Cutoffs.PoolMedianSeconds is not { } pool || !(pool > 0)) return verdict with { Fault = ClauseFault.NoPoolTimes };
        var ratio = own / pool;
        return verdict with { Actual = ratio, Margin = needed - ratio, Meets = ratio <= needed };
    }

    private static ClauseVerdict JudgeRank(RankClause clause, bool stays, StandingFigures figures, BoardReading? board)
    {
        var ask = AskOf(clause, stays);
        var verdict = new ClauseVerdict { Kind = GateClauseKind.Rank, Needed = ask.Top > 0 ? ask.Top : null, Meets = false };
        if (FaultOf(board) is var fault and not ClauseFault.None) return verdict with { Fault = fault };
        if (!board!.Cutoffs.Ranks.TryGetValue(ask, out var cutoff)) return verdict with { Fault = ClauseFault.NotOnBoard };
        var key = BoardKey.Of(figures, board.Cutoffs.Order);
        var meets = key.IsUsable && cutoff.Holds(key);

        // The place was counted on figures that may be older than those judged here. It is shown only where it says the same.
        int? rank = board.OwnRank is { } own && own <= cutoff.Place == meets ? own : null;
        return verdict with { Needed = cutoff.Place, Actual = rank, Margin = cutoff.Place - rank, Meets = meets };
    }

    private static IEnumerable<ClauseVerdict> JudgeTenure(TenureClause clause, StandingFigures figures, DateTimeOffset at)
    {
        if (clause.Answers is { } answers) yield return AtLeast(GateClauseKind.Tenure, answers, figures.Answers);
        if (clause.Days is { } days) yield return AtLeast(GateClauseKind.Tenure, days, figures.FirstAnswerAt is { } first ? (at - first).TotalDays : 0) with { InDays = true };
    }

    private static ClauseVerdict JudgeShare(ShareGuardPolicy guard, BatchShare share)
    {
        var limit = ShareLimit(guard, share.Tasks);
        return new() { Kind = GateClauseKind.Share, Needed = limit, Actual = share.Taken, Margin = limit - share.Taken - 1, Meets = share.Taken < limit };
    }

    private static ClauseVerdict AtLeast(GateClauseKind kind, double needed, double actual) =>
        new() { Kind = kind, Needed = needed, Actual = actual, Margin = actual - needed, Meets = actual >= needed };

    private static ClauseFault FaultOf(BoardReading? board)
    {
        if (board is null) return ClauseFault.NoBoard;
        return board.Age >= TimeSpan.Zero && board.Age <= BoardAgeMax ? ClauseFault.None : ClauseFault.BoardTooOld;
    }

    private static RankAsk AskOf(RankClause clause, bool stays) => clause.Top is { } top
        ? new(stays ? clause.StayTop ?? top : top, 0)
        : new(0, stays ? clause.StayTopShare ?? clause.TopShare!.Value : clause.TopShare!.Value);

    private static GatePolicy Widen(GatePolicy policy, GateStep step)
    {
        bool Keeps(GateClauseKind kind) => !step.Without.Contains(kind);
        return policy with
        {
            Evidence = Keeps(GateClauseKind.Evidence) && policy.Evidence is { } evidence
                ? step.Evidence is { } enough ? new() { Enter = enough, Stay = Math.Min(evidence.Stay ?? evidence.Enter, enough) } : evidence
                : null,
            Accuracy = Keeps(GateClauseKind.Accuracy) && policy.Accuracy is { } accuracy ? Widen(accuracy, step) : null,
            HandlingTime = Keeps(GateClauseKind.HandlingTime) && policy.HandlingTime is { } time
                ? step.RatioMax is { } ratio ? time with { RatioMax = ratio, StayRatioMax = Math.Max(time.StayRatioMax ?? time.RatioMax, ratio) } : time
                : null,
            Rank = Keeps(GateClauseKind.Rank) && policy.Rank is { } rank ? Widen(rank, step) : null,
            Labels = Keeps(GateClauseKind.Labels) ? policy.Labels : [],
            Tenure = Keeps(GateClauseKind.Tenure) ? policy.Tenure : null,
        };
    }

    // The bar to stay is a threshold and a probability of its own: neither may rise when the bar to enter falls.
    private static AccuracyClause Widen(AccuracyClause clause, GateStep step)
    {
        var threshold = step.Threshold ?? clause.Threshold;
        var probability = step.Probability ?? clause.Probability;
        return clause with
        {
            Threshold = threshold,
            Probability = probability,
            Hysteresis = step.Threshold is null ? clause.Hysteresis : Math.Max(0, threshold - (clause.Threshold - clause.Hysteresis)),
            StayProbability = Math.Min(clause.StayProbability, probability),
        };
    }

    private static RankClause Widen(RankClause clause, GateStep step) => new()
    {
        Top = clause.Top is null ? null : step.Top ?? clause.Top,
        StayTop = clause.Top is { } top ? Math.Max(clause.StayTop ?? top, step.Top ?? top) : null,
        TopShare = clause.TopShare is null ? null : step.TopShare ?? clause.TopShare,
        StayTopShare = clause.TopShare is { } share ? Math.Max(clause.StayTopShare ?? share, step.TopShare ?? share) : null,
    };
}
