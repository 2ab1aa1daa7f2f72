using Orleans.Runtime;

namespace Dispatch.Grains;

/// <summary>
/// References to grains by key, on the hot path. <c>GetGrain</c> of an interface reads the interface's attributes by reflection at every call; the
/// names it finds are the same each time, so here they are found once.
/// </summary>
public static class GrainAddresses
{
    private static Names? _worker;
    private static Names? _batch;
    private static Names? _matchmaker;

    private sealed record Names(GrainType Grain, GrainInterfaceType Interface);

    /// <summary>A worker.</summary>
    /// <param name="grains">Where.</param>
    /// <param name="workerId">The worker.</param>
    public static IWorkerGrain Worker(this IGrainFactory grains, Guid workerId) => Address<IWorkerGrain>(grains, workerId, ref _worker);

    /// <summary>A batch.</summary>
    /// <param name="grains">Where.</param>
    /// <param name="batchId">The batch.</param>
    public static IBatchGrain Batch(this IGrainFactory grains, Guid batchId) => Address<IBatchGrain>(grains, batchId, ref _batch);

    /// <summary>The matchmaker of a project.</summary>
    /// <param name="grains">Where.</param>
    /// <param name="projectId">The project.</param>
    public static IMatchmakerGrain Matchmaker(this IGrainFactory grains, Guid projectId) => Address<IMatchmakerGrain>(grains, projectId, ref _matchmaker);

    private static T Address<T>(IGrainFactory grains, Guid key, ref Names? names)
        where T : IGrainWithGuidKey
    {
        if (names is not { } known)
        {
            // Two threads that come first find the same.
            var reference = (GrainReference)(IAddressable)grains.GetGrain<T>(key);
            names = new Names(reference.GrainId.Type, reference.InterfaceType);
            return (T)(IAddressable)reference;
        }

        return (T)grains.GetGrain(GrainId.Create(known.Grain, GrainIdKeyExtensions.CreateGuidKey(key)), known.Interface);
    }
}
