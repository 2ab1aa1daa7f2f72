using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Tests.Matching;

public sealed class MatchBookPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Batch = new("00000000-0000-0000-0000-0000000000b1");
    private static readonly Guid Other = new("00000000-0000-0000-0000-0000000000b2");

    private static Guid Worker(int i) => new(i, 0, 0, new byte[8]);

    private static IdleReport Idle(int i, int idleSince = 0, int lastTurn = 0, double standing = 0, string labels = "{}") =>
        new(Worker(i), Now.AddSeconds(idleSince - 1_000), Now.AddSeconds(lastTurn - 1_000), standing, labels);

    private static Requirements Level(int atLeast, int? expires = null) =>
        Requirements.From([new Selector { Label = "level", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText($"{atLeast}"), ExpiresAfterSeconds = expires }]);

    /// <summary>Who is asked, one after the other, when each of them refuses.</summary>
    private static List<int> Asked(WorkerChoice choice, params IdleReport[] idle)
    {
        var book = new MatchBook(1);
        book.SetBatches([new BatchListing(Batch, Requirements.None)], choice);
        foreach (var report in idle) book.WorkerIdle(report);
        List<int> asked = [];
        while (book.Propose(Now) is [var proposal])
        {
            asked.Add(idle.ToList().FindIndex(report => report.WorkerId == proposal.WorkerId) + 1);
            book.ProposalEnded(proposal.WorkerId, Batch, took: false, waits: true, available: 1);
        }

        return asked;
    }

    [Fact]
    public void LongestIdle_LooksAtTheWaitAlone() =>
        Asked(WorkerChoice.LongestIdle, Idle(1, idleSince: 30, lastTurn: 1, standing: 9), Idle(2, idleSince: 10, lastTurn: 3, standing: 1), Idle(3, idleSince: 20, lastTurn: 2, standing: 5)).ShouldBe([2, 3, 1]);

    [Fact]
    public void BestStanding_EqualsGoByTheWait() =>
        Asked(WorkerChoice.BestStanding, Idle(1, idleSince: 30, standing: 0.5), Idle(2, idleSince: 10, standing: 0.5), Idle(3, idleSince: 99, standing: 0.9), Idle(4, standing: -1)).ShouldBe([3, 2, 1, 4]);

    [Fact]
    public void RoundRobin_LooksAtTheLastTurnAlone() =>
        Asked(WorkerChoice.RoundRobin, Idle(1, idleSince: 1, lastTurn: 30), Idle(2, idleSince: 2, lastTurn: 10), Idle(3, idleSince: 3, lastTurn: 20)).ShouldBe([2, 3, 1]);

    [Theory]
    [InlineData(WorkerChoice.LongestIdle)]
    [InlineData(WorkerChoice.BestStanding)]
    [InlineData(WorkerChoice.RoundRobin)]
    public void GiveUpProposals_UnderAnyPolicy_PutsTheSilentOneLast(WorkerChoice choice)
    {
        var book = new MatchBook(1);
        book.SetBatches([new BatchListing(Batch, Requirements.None)], choice);
        book.WorkerIdle(Idle(1, standing: 9));
        book.WorkerIdle(Idle(2, idleSince: 5, lastTurn: 5));
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);

        book.GiveUpProposals(Now.AddSeconds(1), Now.AddSeconds(1));

        book.Propose(Now.AddSeconds(1)).ShouldBe([new Proposal(Worker(2), Batch)]);
    }

    [Fact]
    public void Propose_WorkerWithoutTheLabel_IsPassedByHoweverLongTheWait()
    {
        var book = new MatchBook(10);
        book.SetBatches([new BatchListing(Batch, Level(3))]);
        book.WorkerIdle(Idle(1, idleSince: 0, labels: """{"level":2}"""));
        book.WorkerIdle(Idle(2, idleSince: 1));
        book.WorkerIdle(Idle(3, idleSince: 2, labels: """{"level":3}"""));

        book.Propose(Now).ShouldBe([new Proposal(Worker(3), Batch)]);
    }

    [Fact]
    public void Propose_SelectorThatExpires_AsksOnlyOnceTheOldestTaskIsOldEnough()
    {
        var book = new MatchBook(10);
        book.SetBatches([new BatchListing(Batch, Level(3, expires: 60))]);
        book.WorkerIdle(Idle(1));
        book.BatchHasWork(Batch, 1, oldest: Now);
        book.Propose(Now.AddSeconds(59)).ShouldBeEmpty();

        book.BatchHasWork(Batch, 1, oldest: Now);

        book.Propose(Now.AddSeconds(60)).ShouldBe([new Proposal(Worker(1), Batch)]);
    }

    [Fact]
    public void WorkerIdle_WithNewLabels_IsAskedForWhatOpenedByThem()
    {
        var book = new MatchBook(10);
        book.SetBatches([new BatchListing(Batch, Level(3))]);
        book.WorkerIdle(Idle(1, labels: """{"level":1}"""));
        book.Propose(Now).ShouldBeEmpty();

        book.WorkerIdle(Idle(1, labels: """{"level":4}"""));

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
    }

    [Fact]
    public void SetBatches_SelectorsRelaxedWhileWorkersWait_AsksThoseWhoMayNow()
    {
        var book = new MatchBook(10);
        book.SetBatches([new BatchListing(Batch, Level(3))]);
        book.WorkerIdle(Idle(1, labels: """{"level":1}"""));
        book.Propose(Now).ShouldBeEmpty();

        book.SetBatches([new BatchListing(Batch, Level(1))]);

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
    }

    [Fact]
    public void SetBatches_PausedAndOpenedAgain_AsksThoseWhoWereAskedBefore()
    {
        BatchListing[] both = [new(Batch, Requirements.None), new(Other, Requirements.None)];
        var book = new MatchBook(10);
        book.SetBatches(both);
        book.WorkerIdle(Idle(1));
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
        book.ProposalEnded(Worker(1), Batch, took: false, waits: true, available: 1);
        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Other)]);
        book.ProposalEnded(Worker(1), Other, took: false, waits: true, available: 0);
        book.SetBatches(both[1..]);

        book.SetBatches(both);

        book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)], "a batch that comes back is new, and was never asked about");
    }
}
