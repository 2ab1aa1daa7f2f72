using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Gates as they lie in the store, and the judgements that are stored with what they let through.</summary>
public static class StoredGates
{
    /// <summary>The gate of a batch under the version that the store gave it; null when it is not golden, has none, or has one that this build cannot read: then nobody passes.</summary>
    /// <param name="batch">The batch.</param>
    public static Gate? Read(BatchRecord batch)
    {
        if (batch.Tier != BatchTier.Golden || batch.Gate is null) return null;
        try
        {
            var policy = JsonSerializer.Deserialize<GatePolicy>(batch.Gate, DispatchJson.Options);
            return policy is null || GateChecks.Check(policy).Count > 0 ? null : Gate.From(policy with { Version = batch.GateVersion });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
