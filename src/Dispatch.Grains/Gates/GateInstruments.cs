using System.Diagnostics.Metrics;
using System.Text.Json;
using Dispatch.Engine.Standing;

namespace Dispatch.Grains;

/// <summary>What is measured of golden gates.</summary>
public sealed class GateInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Gates";

    private readonly Counter<long> _decisions;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    public GateInstruments(IMeterFactory meters) =>
        _decisions = meters.Create(Meter).CreateCounter<long>("dispatch.gate.decisions", "{decision}", "Decisions of gates, by what was decided and the clause that decided it.");

    /// <summary>A gate decided on a worker, after new evidence or a new board.</summary>
    /// <param name="judgement">What came of it. The first clause that does not pass is the one that decided; none does when all pass.</param>
    public void Decided(GateJudgement judgement) => _decisions.Add(
        1,
        new KeyValuePair<string, object?>("open", judgement.Passes),
        new KeyValuePair<string, object?>("clause", judgement.Clauses.FirstOrDefault(clause => !clause.Passes) is { } failed ? JsonNamingPolicy.SnakeCaseLower.ConvertName(failed.Kind.ToString()) : "none"));
}
