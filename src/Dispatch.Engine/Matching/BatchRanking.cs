using Dispatch.Contracts;
using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Matching;

/// <summary>What orders the open batches of a project.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Tier">Golden goes first, for those who pass.</param>
/// <param name="Priority">Higher goes first.</param>
/// <param name="CreatedAt">Its age.</param>
public readonly record struct RankedBatch(Guid BatchId, BatchTier Tier, int Priority, DateTimeOffset CreatedAt);

/// <summary>
/// The order in which a worker is brought to open batches. Ageing adds the same rate to every batch of a project, so two batches
/// never change places by time alone: the order is computed once a snapshot, not once a dispatch.
/// </summary>
public static class BatchRanking
{
    /// <summary>Indexes of the batches in order.</summary>
    /// <param name="batches">The batches.</param>
    /// <param name="order">The policy.</param>
    /// <param name="ageingPerHour">Points of priority gained in an hour.</param>
    public static int[] Order(IReadOnlyList<RankedBatch> batches, BatchOrder order, double ageingPerHour)
    {
        var indexes = Enumerable.Range(0, batches.Count);
        return order == BatchOrder.Priority
            ? [.. indexes.OrderByDescending(i => batches[i].Tier).ThenByDescending(i => Effective(batches[i], ageingPerHour)).ThenBy(i => batches[i].CreatedAt).ThenBy(i => batches[i].BatchId)]
            : [.. indexes.OrderByDescending(i => batches[i].Tier).ThenBy(i => batches[i].CreatedAt).ThenBy(i => batches[i].BatchId)];
    }

    /// <summary>Priority less what the batch has not yet gained by being younger: a number that orders, and means nothing by itself.</summary>
    private static double Effective(RankedBatch batch, double ageingPerHour) =>
        batch.Priority - (ageingPerHour * (batch.CreatedAt - DateTimeOffset.UnixEpoch).TotalHours);
}
