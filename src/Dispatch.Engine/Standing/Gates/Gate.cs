using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Standing;

/// <summary>
/// A golden batch's gate, ready to judge. <see cref="Judge"/> is the one function that decides and explains: what passes is what the
/// clauses it lists say. Words (<see cref="GateExplanation"/>) and trials are made from its result, by calling it.
/// <para>
/// Three rules go beyond comparing numbers. Who is in is held to the bars to stay. Who entered a short while ago passes the clauses
/// on figures whatever they say (dwelling); but dwelling under an older policy ends with it, and it never covers labels, which somebody
/// took away on purpose. And clauses on rank and pool do not pass without a board that is at most <see cref="BoardAgeMax"/> old,
/// dwelling or not: an unreadable board means nobody is let through, not everybody.
/// </para>
/// </summary>
public sealed partial class Gate
{
    private readonly (GatePolicy Policy, Requirements Labels)[] _steps;

    private Gate((GatePolicy, Requirements)[] steps) => _steps = steps;

    /// <summary>The oldest board that is believed.</summary>
    public static TimeSpan BoardAgeMax { get; } = TimeSpan.FromSeconds(2);

    /// <summary>The policy.</summary>
    public GatePolicy Policy => _steps[0].Policy;

    /// <summary>Steps that can be judged: the gate itself and the wider ones.</summary>
    public int Steps => _steps.Length;

    /// <summary>Reads a policy that was checked by <see cref="GateChecks"/> before it was stored.</summary>
    /// <param name="policy">The policy.</param>
    public static Gate From(GatePolicy policy)
    {
        List<(GatePolicy, Requirements)> steps = [(policy, Requirements.From(policy.Labels))];
        if (policy.Release.Kind == ReleaseKind.Widen)
        {
            var wider = policy;
            foreach (var step in policy.Release.Steps)
            {
                wider = Widen(wider, step);
                steps.Add((wider, Requirements.From(wider.Labels)));
            }
        }

        return new([.. steps]);
    }

    /// <summary>The policy as it is at a step: what the gate asks once it was widened so far.</summary>
    /// <param name="step">From 0 to <see cref="Steps"/>, exclusive.</param>
    public GatePolicy At(int step) => _steps[step].Policy;

    /// <summary>Whether a board is needed to judge it.</summary>
    public bool NeedsBoard => Policy.Rank is not null || Policy.HandlingTime is not null;

    /// <summary>The bars on rank that a board must publish for this gate, at every step.</summary>
    public IReadOnlyList<RankAsk> Asks => [.. _steps.Where(step => step.Policy.Rank is not null)
        .SelectMany(step => new[] { AskOf(step.Policy.Rank!, stays: false), AskOf(step.Policy.Rank!, stays: true) }).Distinct()];

    /// <summary>How wide the gate is for a task that has waited in the queue.</summary>
    /// <param name="waited">How long.</param>
    public GateOpening OpeningAfter(TimeSpan waited)
    {
        var release = Policy.Release;
        if (release.Kind is not (ReleaseKind.Widen or ReleaseKind.Release)) return new(0, null, false, null);
        var after = TimeSpan.FromSeconds(release.AfterSeconds);
        if (waited < after) return new(0, null, false, after - waited);
        if (release.Kind == ReleaseKind.Release) return new(0, null, true, null);
        var every = TimeSpan.FromSeconds(release.EverySeconds);
        var passed = (int)Math.Min((waited - after).Ticks / every.Ticks, release.Steps.Count - 1);
        TimeSpan? next = passed + 1 < release.Steps.Count ? after + (every * (passed + 1)) - waited : null;
        return new(passed + 1, release.Steps[passed].Name, false, next);
    }

    /// <summary>Judges a worker.</summary>
    /// <param name="inputs">Everything it is judged by.</param>
    public GateJudgement Judge(GateInputs inputs)
    {
        var (policy, labels) = _steps[inputs.Step];
        var stays = inputs.Membership.IsIn;
        var dwells = IsDwelling(policy, inputs);
        List<ClauseVerdict> clauses = [];
        if (policy.Evidence is { } evidence) clauses.Add(JudgeEvidence(evidence, stays, inputs.Figures) with { Dwelling = dwells });
        if (policy.Accuracy is { } accuracy) clauses.Add(JudgeAccuracy(accuracy, stays, inputs.Figures) with { Dwelling = dwells });
        if (policy.HandlingTime is { } time) clauses.Add(Covered(JudgeHandlingTime(time, stays, inputs.Figures, inputs.Board), dwells));
        if (policy.Rank is { } rank) clauses.Add(Covered(JudgeRank(rank, stays, inputs.Figures, inputs.Board), dwells));
        foreach (var verdict in labels.Explain(inputs.Labels)) clauses.Add(new() { Kind = GateClauseKind.Labels, Meets = verdict.Met, Label = verdict });
        if (policy.Tenure is { } tenure) clauses.AddRange(JudgeTenure(tenure, inputs.Figures, inputs.At));
        if (policy.ShareGuard is { } guard && inputs.Share is { } share) clauses.Add(JudgeShare(guard, share));

        var (after, change) = MembershipAfter(policy, inputs, clauses);
        var usesBoard = policy.Rank is not null || policy.HandlingTime is not null;
        return new()
        {
            Clauses = clauses,
            After = after,
            Change = change,
            PolicyVersion = policy.Version,
            Step = inputs.Step,
            Sequence = inputs.Figures.Sequence,
            BoardEpoch = usesBoard ? inputs.Board?.Cutoffs.Epoch : null,
            BoardAge = usesBoard ? inputs.Board?.Age : null,
        };
    }

    private static bool IsDwelling(GatePolicy policy, GateInputs inputs)
    {
        var membership = inputs.Membership;
        if (membership is not { IsIn: true, EnteredAt: { } enteredAt } || membership.PolicyVersion != policy.Version) return false;

        // Behind the entry means a clock or a count that went back: no reason to let anybody through for longer.
        var since = inputs.At - enteredAt;
        var answers = inputs.Figures.Answers - membership.EnteredAnswers;
        return (since >= TimeSpan.Zero && since < TimeSpan.FromSeconds(policy.DwellSeconds)) || (answers >= 0 && answers < policy.DwellAnswers);
    }

    private static ClauseVerdict Covered(ClauseVerdict verdict, bool dwells) =>
        verdict.Fault is ClauseFault.NoBoard or ClauseFault.BoardTooOld or ClauseFault.NotOnBoard ? verdict : verdict with { Dwelling = dwells };

    private static (GateMembership After, GateChange Change) MembershipAfter(GatePolicy policy, GateInputs inputs, List<ClauseVerdict> clauses)
    {
        var before = inputs.Membership;
        if (inputs.Step > 0) return (before, GateChange.None);
        var against = clauses.Where(clause => !clause.Passes && clause.Kind != GateClauseKind.Share).ToArray();
        if (against.Length > 0 && against.All(clause => clause.IsWithheld)) return (before, GateChange.None);
        var isIn = against.Length == 0;
        if (isIn == before.IsIn) return (before, GateChange.None);
        return isIn
            ? (new(true, inputs.At, inputs.Figures.Answers, inputs.Figures.Sequence, policy.Version), GateChange.Entered)
            : (GateMembership.Out, GateChange.Left);
    }
}
