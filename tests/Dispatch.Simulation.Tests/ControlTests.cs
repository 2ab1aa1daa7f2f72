using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;

namespace Dispatch.Simulation.Tests;

/// <summary>Control tasks stand in the place of ordinary work, and must never cost anybody that work.</summary>
public sealed class ControlTests : IAsyncDisposable
{
    private readonly SimStage _stage = new(GoldUse.Share);
    private readonly Guid _ann;
    private readonly Guid _bob;

    public ControlTests()
    {
        _stage.Store.AddTask(_stage.Batch, "ordinary", overlap: 2);
        _stage.Store.AddTask(_stage.Batch, "control", overlap: 1, knownAnswer: "\"a\"", isGold: true, isControl: true);
        (_ann, _bob) = (_stage.AddWorker("ann"), _stage.AddWorker("bob"));
    }

    /// <summary>The policy of today allows more exposures than the control was imported with: the batch draws it, and the store has no slot of it left.</summary>
    [Fact]
    public void Take_OfAControlThatTheStoreRefuses_GivesTheOrdinaryTask()
    {
        Take(_ann).Work.ShouldNotBeNull().GoldAnswer.ShouldNotBeNull("it is the control that is drawn, else this test proves nothing");

        var reply = Take(_bob);

        reply.Reply.ShouldBe(BatchReply.Done);
        reply.Work.ShouldNotBeNull().GoldAnswer.ShouldBeNull();
    }

    /// <summary>What is kept for somebody, with the draft, is what they are told to have again.</summary>
    [Fact]
    public void Take_OfATaskThatIsKept_IsNeverReplacedByAControl()
    {
        var first = Take(_ann, wantsControl: false).Work.ShouldNotBeNull();
        _stage.Store.MarkShownAsync([(first.AssignmentId, _ann)], CancellationToken.None);
        _stage.Loop.RunFor(TimeSpan.FromSeconds(65));
        _stage.Store.Assignments[first.AssignmentId].State.ShouldBe(AssignmentState.Abandoned);

        Take(_ann).Work.ShouldNotBeNull().GoldAnswer.ShouldBeNull();
    }

    public ValueTask DisposeAsync() => _stage.DisposeAsync();

    private TakeReply Take(Guid workerId, bool wantsControl = true) => _stage.Run(() =>
    {
        var (activation, batch) = _stage.Cluster.Batch(_stage.Batch);
        return activation.Call(() => batch.Take(new TakeRequest { WorkerId = workerId, CapacitySlot = 0, WorkVersion = 0, Labels = "{}", WantsControl = wantsControl }));
    });
}
