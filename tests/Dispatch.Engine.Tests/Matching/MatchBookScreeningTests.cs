using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Tests.Matching;

/// <summary>Many idle, and hardly one of them may have what is there.</summary>
public sealed class MatchBookScreeningTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Batch = new("00000000-0000-0000-0000-0000000000b1");

    private readonly MatchBook _book = new(64);

    private static Guid Worker(int i) => new(i, 0, 0, new byte[8]);

    private static IdleReport Idle(int i) => new(Worker(i), Now.AddSeconds(i - 100_000), Now, 0, "{}");

    public MatchBookScreeningTests()
    {
        _book.SetBatches([new BatchListing(Batch, Requirements.None)]);
        _book.BatchHasWork(Batch, available: 1);
    }

    /// <summary>Trying each in turn would be ten thousand proposals, one after the other.</summary>
    [Fact]
    public void OneTaskThatOnlyTheLastMayHave_IsHisWithinFewMessages()
    {
        const int People = 10_000;
        for (var i = 1; i <= People; i++) _book.WorkerIdle(Idle(i));
        var (tries, questions) = (0, 0);
        for (var found = false; !found;)
        {
            var proposals = _book.Propose(Now);
            foreach (var proposal in proposals)
            {
                tries++;
                found = proposal.WorkerId == Worker(People);
                _book.ProposalEnded(proposal.WorkerId, Batch, took: found, waits: !found, available: found ? 0 : 1);
            }

            var screenings = _book.TakeScreenings();
            foreach (var screening in screenings)
            {
                questions++;
                _book.Screened(Batch, screening.Number, [.. screening.Workers.Select(worker => worker.WorkerId).Where(id => id == Worker(People))], available: 1);
            }

            (found || proposals.Count + screenings.Count > 0).ShouldBeTrue("somebody must be asked");
        }

        (tries, questions).ShouldBe((MatchBook.MissesMax + 1, (People + MatchBook.ScreenedMax - 1) / MatchBook.ScreenedMax));
    }

    [Fact]
    public void AFewMisses_AreNoReasonToAsk()
    {
        Crowd(MatchBook.MissesMax - 1);

        _book.TakeScreenings().ShouldBeEmpty();
    }

    [Fact]
    public void WhileAnAnswerIsAwaited_NobodyIsTried()
    {
        var screening = Screening();

        _book.Propose(Now).ShouldBeEmpty();
        _book.Screened(Batch, screening.Number, [Worker(30), Worker(20)], available: 1);

        _book.Propose(Now).ShouldBe([new Proposal(Worker(20), Batch)], "the first in the order of those who may");
    }

    [Fact]
    public void WorkThatComesInBetween_MakesTheAnswerWorthless()
    {
        var screening = Screening();
        _book.BatchHasWork(Batch, available: 1);

        _book.Screened(Batch, screening.Number, [], available: 0);

        _book.Propose(Now).ShouldBe([new Proposal(Worker(1), Batch)]);
    }

    [Fact]
    public void WhoComesBackInBetween_IsAskedAnew()
    {
        var screening = Screening();
        _book.WorkerBusy(Worker(20));
        _book.WorkerIdle(Idle(20));

        _book.Screened(Batch, screening.Number, [], available: 1);

        _book.Propose(Now).ShouldBeEmpty();
        _book.TakeScreenings().ShouldHaveSingleItem().Workers.ShouldBe([Idle(20)]);
    }

    [Fact]
    public void AnAnswerThatNeverComes_IsGivenUp()
    {
        var screening = Screening();
        _book.GiveUpProposals(Now.AddSeconds(1), Now.AddSeconds(2));

        _book.Propose(Now).ShouldBe([new Proposal(Worker(MatchBook.MissesMax + 1), Batch)]);
        _book.Screened(Batch, screening.Number, [], available: 0);
        _book.ProposalEnded(Worker(MatchBook.MissesMax + 1), Batch, took: false, waits: true, available: 1);
        _book.Propose(Now).ShouldNotBeEmpty("an answer that comes too late changes nothing");
    }

    /// <summary>A batch that is larger than its window cannot say of anybody that there is nothing.</summary>
    [Fact]
    public void ABatchThatCannotTell_IsNotAskedAgainBeforeItHasWorkAgain()
    {
        var screening = Screening();
        _book.Screened(Batch, screening.Number, [.. screening.Workers.Select(worker => worker.WorkerId)], available: 1);

        Miss(20);

        _book.TakeScreenings().ShouldBeEmpty();
    }

    private Screening Screening()
    {
        Crowd(MatchBook.MissesMax);
        return _book.TakeScreenings().ShouldHaveSingleItem();
    }

    private void Crowd(int misses)
    {
        for (var i = 1; i <= 40; i++) _book.WorkerIdle(Idle(i));
        Miss(misses);
        _book.Propose(Now);
    }

    private void Miss(int times)
    {
        for (; times > 0; times--) _book.ProposalEnded(_book.Propose(Now).ShouldHaveSingleItem().WorkerId, Batch, took: false, waits: true, available: 1);
    }
}
