using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.Grains;

namespace Dispatch.TestKit;

/// <summary>Promise 5 from what was stored alone: the judgement of a golden assignment, judged again.</summary>
internal static class GateProof
{
    /// <summary>What is wrong with a golden assignment; null when nothing is.</summary>
    /// <param name="gate">The gate of the version it cites; null when there never was one.</param>
    /// <param name="judgement">What was stored with it.</param>
    /// <param name="workerId">Who took it.</param>
    /// <param name="rows">The worker's evidence in the project up to the evaluation it cites.</param>
    /// <param name="discount">γ of the project.</param>
    /// <param name="waited">How long its task had waited.</param>
    public static string? WhatIsWrong(Gate? gate, string? judgement, Guid workerId, IReadOnlyList<EvidenceRow> rows, double discount, TimeSpan waited)
    {
        if (judgement is null) return "a golden assignment has no stamp";
        if (gate is null) return "a golden assignment cites a gate that never was";
        if (StoredJudgement.Read(judgement) is not { } stored) return "the judgement of a golden assignment cannot be read";

        // Gates see the sums; the windows of recent evidence are for rules, and are not written down.
        if (StandingFigures.Of(workerId, default(QualityFold).Replay(rows, discount), stored.Prior).Fold != stored.Fold) return "the figures of a golden assignment are not those of the rows";
        if (stored.Accuracy().LowerBound() != stored.LowerBound) return "the lower bound of a golden assignment is not that of its figures";
        var release = gate.Policy.Release;
        if (stored.ToAll) return release.Kind == ReleaseKind.Release && waited >= TimeSpan.FromSeconds(release.AfterSeconds) ? null : "a golden task went to everybody before its time";
        if (stored.Step > 0 && waited < TimeSpan.FromSeconds(release.AfterSeconds + (release.EverySeconds * (stored.Step - 1)))) return "a gate was widened before its time";
        var verdict = gate.Judge(stored.ToInputs(workerId));
        if (!verdict.Passes) return $"a golden assignment does not pass its gate: {string.Join(", ", verdict.Clauses.Where(clause => !clause.Passes).Select(clause => $"{clause.Kind} {clause.Actual} of {clause.Needed}"))}";
        if (stored.Board is { } board && board.AgeMs > Gate.BoardAgeMax.TotalMilliseconds) return "a gate was judged by a board that was too old";
        return gate.NeedsBoard && stored.Step == 0 && stored.Board is null ? "a gate that looks at a board was judged without one" : null;
    }
}
