using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Tests.Matching;

public sealed class MatchBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Batch = new("00000000-0000-0000-0000-0000000000b1");
    private static readonly Guid Other = new("00000000-0000-0000-0000-0000000000b2");

    private static BatchListing Open(Guid batch) => new(batch, Requirements.None);

    private static IdleReport Idle(int i) => new(Worker(i), Now.AddSeconds(i - 1_000), Now, 0, "{}");

    private static Guid Worker(int i) => new(i, 0, 0, new byte[8]);

    [Fact]
    public void Propose_OneTaskManyIdle_AsksOnlyTheLongestIdle()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        for (var i = 1; i <= 100; i++) book.WorkerIdle(Idle(i));

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
        book.Propose(Now).ShouldBeEmpty();
    }

    [Fact]
    public void ProposalEnded_RefusedByOne_GoesToTheNext()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        book.WorkerIdle(Idle(1));
        book.WorkerIdle(Idle(2));
        book.Propose(Now);

        book.ProposalEnded(Worker(1), Batch, took: false, waits: true, available: 1);

        book.Propose(Now).ShouldBe([new Proposal(Worker(2), Batch)]);
    }

    [Fact]
    public void WorkerIdle_AfterTheBatchWasWalked_IsAskedToo()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        book.WorkerIdle(Idle(1));
        book.Propose(Now);
        book.ProposalEnded(Worker(1), Batch, took: false, waits: true, available: 1);

        book.WorkerIdle(Idle(2));

        book.Propose(Now).ShouldBe([new Proposal(Worker(2), Batch)]);
    }

    [Fact]
    public void ProposalEnded_NothingLeft_StopsUntilThereIsWorkAgain()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        book.WorkerIdle(Idle(1));
        book.WorkerIdle(Idle(2));
        book.Propose(Now);
        book.ProposalEnded(Worker(1), Batch, took: true, waits: false, available: 0);
        book.Propose(Now).ShouldBeEmpty();

        book.BatchHasWork(Batch, 3);

        book.Propose(Now).ShouldBe([new Proposal(Worker(2), Batch)]);
    }

    [Fact]
    public void GiveUpProposals_LostResult_AsksOthersBeforeTheSilentOneAgain()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        book.WorkerIdle(Idle(1));
        book.WorkerIdle(Idle(2));
        book.Propose(Now);

        book.GiveUpProposals(Now.AddSeconds(1), Now);

        book.Propose(Now.AddSeconds(1)).ShouldBe([new Proposal(Worker(2), Batch)]);
    }

    [Fact]
    public void Propose_WorkerUnderAnotherProposal_IsAskedAfterwards()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch), Open(Other)]);
        book.WorkerIdle(Idle(1));
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);

        book.ProposalEnded(Worker(1), Batch, took: false, waits: true, available: 1);

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Other)]);
    }

    /// <summary>An offer changes nothing in a worker's report: a book that forgets who took one waits for a report that never comes.</summary>
    [Fact]
    public void ProposalEnded_TookAndHasRoomLeft_IsAskedAgain()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch), Open(Other)]);
        book.WorkerIdle(Idle(1));
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);

        book.ProposalEnded(Worker(1), Batch, took: true, waits: true, available: 1);

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
        book.ProposalEnded(Worker(1), Batch, took: false, waits: true, available: 1);
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Other)]);
        book.ProposalEnded(Worker(1), Other, took: true, waits: false, available: 1);
        book.IdleCount.ShouldBe(0);
    }

    /// <summary>The word of a batch goes by the worker, and is overtaken by the hint that it got work.</summary>
    [Fact]
    public void ProposalEnded_SaidBeforeTheBatchGotWork_DoesNotEndTheWalk()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        book.WorkerIdle(Idle(1));
        book.Propose(Now);
        book.BatchHasWork(Batch, 1);

        book.ProposalEnded(Worker(1), Batch, took: false, waits: true, available: 0);

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
    }

    [Fact]
    public void ProposalEnded_AfterTheWorkerReportedAnew_LeavesTheWorkerInTheBook()
    {
        var book = new MatchBook(10);
        book.SetBatches([Open(Batch)]);
        book.WorkerIdle(Idle(1));
        book.Propose(Now);
        book.WorkerIdle(Idle(1) with { LastTurnAt = Now.AddSeconds(1) });

        book.ProposalEnded(Worker(1), Batch, took: true, waits: false, available: 1);

        book.IdleCount.ShouldBe(1);
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
    }
}
