using System.Diagnostics.Metrics;

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

    /// <summary>A gate decided.</summary>
    /// <param name="isOpen">The worker may pass.</param>
    /// <param name="clause">The clause that decided.</param>
    public void Decided(bool isOpen, string clause) => _decisions.Add(1, new("open", isOpen), new("clause", clause));
}
