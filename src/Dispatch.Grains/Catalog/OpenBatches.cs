using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// The open batches of a project in the order in which they are handed out, at a work version. Immutable: readers keep the
/// snapshot they took, and a new one replaces it.
/// </summary>
public sealed class OpenBatches
{
    private static readonly Requirements Anybody = Requirements.None;
    private readonly Dictionary<Guid, (int Index, Requirements Requirements)> _byId = [];
    private readonly Dictionary<Guid, Gate> _gates = [];

    /// <summary>A snapshot.</summary>
    /// <param name="workVersion">The version at which they were read.</param>
    /// <param name="batches">The batches, in any order.</param>
    /// <param name="policy">Orders them.</param>
    public OpenBatches(long workVersion, IReadOnlyList<BatchRecord> batches, DispatchPolicy policy)
    {
        WorkVersion = workVersion;
        var order = BatchRanking.Order([.. batches.Select(batch => new RankedBatch(batch.BatchId, batch.Tier, batch.Priority, batch.CreatedAt))], policy.BatchOrder, policy.AgeingPerHour);
        Batches = [.. order.Select(index => batches[index])];
        for (var i = 0; i < Batches.Count; i++)
        {
            _byId[Batches[i].BatchId] = (i, Requirements.From(Batches[i].Requires));
            if (StoredGates.Read(Batches[i]) is { } gate) _gates[Batches[i].BatchId] = gate;
        }

        Golden = [.. Batches.Where(batch => batch.Tier == BatchTier.Golden)];
        Asks = [.. _gates.Values.SelectMany(gate => gate.Asks).Distinct()];
    }

    /// <summary>The version at which they were read.</summary>
    public long WorkVersion { get; }

    /// <summary>The batches, best first.</summary>
    public IReadOnlyList<BatchRecord> Batches { get; }

    /// <summary>The golden ones among them, best first.</summary>
    public IReadOnlyList<BatchRecord> Golden { get; }

    /// <summary>Bars on rank that their gates ask a board for.</summary>
    public IReadOnlyList<RankAsk> Asks { get; }

    /// <summary>The gate of a golden batch; null when it has none, and nobody passes.</summary>
    /// <param name="batchId">The batch.</param>
    public Gate? GateOf(Guid batchId) => _gates.GetValueOrDefault(batchId);

    /// <summary>One of them; null when it is not open.</summary>
    /// <param name="batchId">The batch.</param>
    public BatchRecord? Find(Guid batchId) => _byId.TryGetValue(batchId, out var entry) ? Batches[entry.Index] : null;

    /// <summary>What a batch asks of a worker.</summary>
    /// <param name="batchId">The batch.</param>
    public Requirements RequirementsOf(Guid batchId) => _byId.TryGetValue(batchId, out var entry) ? entry.Requirements : Anybody;

    /// <summary>Whom the matchmaker asks: everybody, where a rule may relax what the selectors say.</summary>
    /// <param name="batch">The batch.</param>
    public Requirements AskedOf(BatchRecord batch) => batch.Rules.Any(rule => rule.Action == RuleAction.Relax) ? Anybody : RequirementsOf(batch.BatchId);

    /// <summary>Index of the batch after the given one, for taking turns.</summary>
    /// <param name="batchId">The batch.</param>
    public int IndexAfter(Guid batchId) => _byId.TryGetValue(batchId, out var entry) ? (entry.Index + 1) % Batches.Count : 0;
}
