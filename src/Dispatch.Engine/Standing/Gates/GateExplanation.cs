using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality.Gold;

namespace Dispatch.Engine.Standing;

/// <summary>A judgement in words, for the worker it is about. Makes no comparison of its own: what passes is what <see cref="Gate.Judge"/> said.</summary>
public static class GateExplanation
{
    /// <summary>How many further golds are tried to find out what would open a gate.</summary>
    public const int GoldsTried = 100;

    /// <summary>Explains a gate at its own width.</summary>
    /// <param name="gate">The gate.</param>
    /// <param name="inputs">What it was judged by.</param>
    /// <param name="batchId">The golden batch.</param>
    /// <param name="batch">Its name.</param>
    /// <param name="rounded">Where gold is hidden: numbers that gold moves are rounded as <see cref="GoldSecrecy"/> says. The figures in <paramref name="inputs"/> are those that were told.</param>
    public static GateView Explain(Gate gate, GateInputs inputs, Guid batchId, string batch, bool rounded = false)
    {
        var judgement = gate.Judge(inputs);
        var golds = GoldsNeeded(gate, inputs, judgement);
        var counted = rounded ? GateWords.CountedTogether : GateWords.Counted(inputs.Figures);
        if (rounded)
        {
            golds = (GoldSecrecy.Told(golds.All), [.. golds.Clauses.Select(GoldSecrecy.Told)]);
            judgement = judgement with { Clauses = [.. judgement.Clauses.Select(Rounded)] };
        }

        return new()
        {
            BatchId = batchId,
            Batch = batch,
            PolicyVersion = judgement.PolicyVersion,
            Passes = judgement.Passes,
            IsIn = judgement.After.IsIn,
            Since = judgement.After.EnteredAt,
            Clauses = [.. judgement.Clauses.Select((clause, i) => View(clause, golds.Clauses[i], rounded ? inputs with { Board = WithoutEpoch(inputs.Board) } : inputs, counted))],
            Summary = GateWords.Summary(judgement, golds.All),
            CorrectGoldsToPass = golds.All,
        };
    }

    /// <summary>
    /// The fewest further golds, all answered right, after which the gate, and each of its clauses, passes: found by judging the figures
    /// as they would be. Null where it passes already, or <see cref="GoldsTried"/> would not do. Who is leaving has the bars to enter before them.
    /// </summary>
    /// <param name="gate">The gate.</param>
    /// <param name="inputs">What it was judged by.</param>
    /// <param name="judgement">What it said.</param>
    public static (int? All, IReadOnlyList<int?> Clauses) GoldsNeeded(Gate gate, GateInputs inputs, GateJudgement judgement)
    {
        var needed = new int?[judgement.Clauses.Count];
        if (judgement.Passes) return (null, needed);
        var open = judgement.Clauses.Count(clause => !clause.Passes && CanChange(clause));
        var next = inputs with { Membership = judgement.After };
        for (var golds = 1; golds <= GoldsTried && open > 0; golds++)
        {
            next = next with { Figures = next.Figures.WithCorrectGold() };
            var then = gate.Judge(next);
            for (var i = 0; i < needed.Length; i++)
            {
                if (needed[i] is not null || judgement.Clauses[i].Passes || !then.Clauses[i].Passes) continue;
                needed[i] = golds;
                open--;
            }

            if (then.Passes) return (golds, needed);
        }

        return (null, needed);
    }

    private static ClauseVerdict Rounded(ClauseVerdict clause)
    {
        double? actual = clause.Kind switch
        {
            GateClauseKind.Evidence => GoldSecrecy.ToldEvidence(clause.Actual ?? 0),
            GateClauseKind.Accuracy => GoldSecrecy.Told(clause.Actual ?? 0),
            GateClauseKind.Rank => null,
            _ => clause.Actual,
        };
        return clause.Kind is GateClauseKind.Evidence or GateClauseKind.Accuracy or GateClauseKind.Rank ? clause with { Actual = actual, Margin = actual - clause.Needed } : clause;
    }

    // The state of a board grows with everything that is learned about anybody.
    private static BoardReading? WithoutEpoch(BoardReading? board) => board is null ? null : board with { Cutoffs = board.Cutoffs with { Epoch = 0 } };

    // Without these nothing is tried: no gold gives a label, brings a board back, gives back a used share, or lets a day pass.
    private static bool CanChange(ClauseVerdict clause) =>
        clause.Fault is ClauseFault.None && !clause.InDays && clause.Kind is not (GateClauseKind.Labels or GateClauseKind.Share or GateClauseKind.HandlingTime);

    private static GateClauseView View(ClauseVerdict clause, int? golds, GateInputs inputs, string counted) => new()
    {
        Kind = clause.Kind,
        Name = GateWords.Name(clause),
        Needed = GateWords.Needed(clause),
        NeededValue = clause.Needed,
        Actual = GateWords.Actual(clause),
        ActualValue = clause.Actual,
        Margin = clause.Margin,
        Passes = clause.Passes,
        Dwelling = clause is { Dwelling: true, Meets: false },
        Counted = GateWords.Counted(clause, inputs, counted),
        Remedy = clause.Passes ? null : GateWords.Remedy(clause, golds, inputs),
    };
}
