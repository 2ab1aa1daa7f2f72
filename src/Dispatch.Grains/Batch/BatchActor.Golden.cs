using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>The door of a golden batch: who shows no judgement of its present gate gets nothing, and nobody gets more than a fair share.</summary>
internal sealed partial class BatchActor
{
    private const int SharesMax = 20_000;
    private readonly Dictionary<Guid, long> _shares = [];
    private Gate? _gate;

    private bool IsGolden => _batch.Tier == BatchTier.Golden;

    private void ReadGate() => _gate = StoredGates.Read(_batch);

    /// <summary>Ages at which more people may have a task: selectors end, and a gate is widened.</summary>
    private IReadOnlyList<TimeSpan> AgesThatMatter()
    {
        List<TimeSpan> ages = [.. _requirements.Expiries];
        if (_gate?.Policy.Release is { Kind: ReleaseKind.Widen or ReleaseKind.Release } release)
        {
            var steps = release.Kind == ReleaseKind.Widen ? release.Steps.Count : 1;
            for (var step = 0; step < steps; step++) ages.Add(TimeSpan.FromSeconds(release.AfterSeconds + ((long)release.EverySeconds * step)));
        }

        return [.. ages.Distinct().Order()];
    }

    private bool Admits(GatePass? pass) => !IsGolden || (pass is not null && _gate is not null && pass.PolicyVersion == _batch.GateVersion);

    /// <summary>Whether the worker's share of the batch leaves room for one more.</summary>
    private async ValueTask<bool> HasShareAsync(Guid workerId)
    {
        if (!IsGolden || _gate?.Policy.ShareGuard is not { } guard) return true;
        if (!_shares.TryGetValue(workerId, out var answered))
        {
            // Answers that are merged while this is read are counted by it or after it, never twice: the entry is made only now.
            var (own, _) = await store.CountSharesAsync(batchId, workerId, CancellationToken.None);
            if (_shares.Count >= SharesMax) _shares.Clear();
            answered = _shares.TryGetValue(workerId, out var meanwhile) ? meanwhile : _shares[workerId] = own;
        }

        return answered + _leases.All.LongCount(lease => lease.WorkerId == workerId) < Gate.ShareLimit(guard, _tasks);
    }

    private void CountShare(Guid workerId)
    {
        if (_shares.TryGetValue(workerId, out var answered)) _shares[workerId] = answered + 1;
    }
}
