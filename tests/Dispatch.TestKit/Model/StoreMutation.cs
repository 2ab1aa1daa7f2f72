namespace Dispatch.TestKit.Model;

/// <summary>Rules of the store that can be left out, one by one: a check that stays green without its rule proves nothing.</summary>
public sealed record StoreMutation
{
    public bool DropOwnerFence { get; init; }
    public bool DropLeaseEpoch { get; init; }
    public bool DropWorkerFence { get; init; }
    public bool DropSlotFence { get; init; }
    public bool CountEveryLateAnswer { get; init; }
    public bool CountDeclinedAsDone { get; init; }
    public bool ForgetWakeUps { get; init; }
    public bool DropGateFence { get; init; }
}
