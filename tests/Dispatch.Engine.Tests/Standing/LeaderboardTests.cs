using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;
using static Dispatch.Engine.Tests.Standing.GateSamples;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>Newness, epochs, bounds, names, and the accumulator before the board.</summary>
public sealed class LeaderboardTests
{
    [Fact]
    public void Upsert_OlderOrTheSameTotals_ChangeNothing()
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        var newer = Figures(30, 2);
        board.Upsert(newer).ShouldBe(UpsertOutcome.Applied);
        board.Upsert(newer).ShouldBe(UpsertOutcome.NotNewer);
        board.Upsert(Figures(10, 0)).ShouldBe(UpsertOutcome.NotNewer);
        board.Find(newer.WorkerId).ShouldBe(newer);

        board.Upsert(newer with { Answers = newer.Answers + 1 }).ShouldBe(UpsertOutcome.Applied, "an answer without a judgement is news");
        board.Upsert(newer with { Answers = newer.Answers + 1, Prior = Prior with { Version = 4 } }).ShouldBe(UpsertOutcome.Applied, "so is another prior");
        board.Upsert(Figures(10, 0) with { Prior = Prior with { Version = 5 } }).ShouldBe(UpsertOutcome.NotNewer, "a newer prior makes old totals no newer: the store has the later ones");
    }

    /// <summary>Two activations of one worker, each with an answer that the other has not heard of. The store keeps the one with more evaluations.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Upsert_TwoActivationsThatEachKnowMore_KeepsTheOneTheStoreKeeps(bool judgedFirst)
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        var (judged, answered) = (Figures(1, 0, answers: 1), Figures(0, 0, answers: 2));
        foreach (var figures in judgedFirst ? new[] { judged, answered } : [answered, judged]) board.Upsert(figures);
        board.Find(Worker(1)).ShouldBe(judged);
        board.Upsert(judged with { Answers = 2 }).ShouldBe(UpsertOutcome.Applied, "what both know is newer than either");
    }

    [Fact]
    public void Remove_LateTotals_DoNotBringBack()
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(30, 2));
        board.Remove(Worker(1)).ShouldBeTrue();
        board.Remove(Worker(1)).ShouldBeFalse();
        board.Upsert(Figures(29, 2)).ShouldBe(UpsertOutcome.NotNewer);
        board.RankOf(Worker(1)).ShouldBeNull();
        board.Upsert(Figures(31, 2)).ShouldBe(UpsertOutcome.Applied);
        board.RankOf(Worker(1)).ShouldBe(1);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Upsert_WhatCannotBeOrdered_IsRefused(double value)
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(3, 2) with { LowerBound = value }).ShouldBe(UpsertOutcome.Unusable);
        board.Upsert(Figures(3, 2) with { SpeedIndex = value }).ShouldBe(UpsertOutcome.Unusable);
        board.Upsert(Figures(3, 2) with { MedianSeconds = value }).ShouldBe(UpsertOutcome.Unusable);
        board.Size.ShouldBe(0);
    }

    [Fact]
    public void UpsertOfMany_LeavesOutWhatIsUnusableOrOld()
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(9, 0, worker: 3));
        board.Upsert([Figures(5, 0, worker: 1), Figures(3, 2, worker: 2) with { LowerBound = double.NaN }, Figures(8, 0, worker: 3), Figures(1, 4, worker: 4)]).ShouldBe(2);
        board.From(1, 9).Select(place => place.Figures.WorkerId).ShouldBe([Worker(3), Worker(1), Worker(4)]);
        board.Upsert([]).ShouldBe(0);
    }

    [Fact]
    public void Upsert_AboveTheGreatestSize_IsRefusedForNewcomersOnly()
    {
        var board = new Leaderboard(BoardOrder.LowerBound, workersMax: 2);
        board.Upsert(Figures(1, 0, worker: 1));
        board.Upsert(Figures(1, 0, worker: 2));
        board.Upsert(Figures(1, 0, worker: 3)).ShouldBe(UpsertOutcome.Full);
        board.Upsert(Figures(2, 0, worker: 2)).ShouldBe(UpsertOutcome.Applied);
    }

    [Fact]
    public void Publish_NewEpochOnlyForSomethingNew()
    {
        var board = new Leaderboard(BoardOrder.LowerBound, firstEpoch: 41);
        board.Upsert(Figures(1, 0));
        board.Publish(Now, []).Epoch.ShouldBe(42);
        var again = board.Publish(Now.AddSeconds(1), []);
        (again.Epoch, again.TakenAt).ShouldBe((42, Now.AddSeconds(1)));
        board.Upsert(Figures(1, 0));
        board.Publish(Now, []).Epoch.ShouldBe(42);
    }

    [Fact]
    public void DeltaSince_WhatIsNotRememberedOrTooMuch_IsNull()
    {
        var board = new Leaderboard(BoardOrder.LowerBound, firstEpoch: 41);
        board.Upsert(Figures(1, 0, worker: 1));
        board.Upsert(Figures(1, 0, worker: 2));
        board.Publish(Now, []);
        board.DeltaSince(41, max: 2)!.Changed.Count.ShouldBe(2);
        board.DeltaSince(41, max: 1).ShouldBeNull();
        board.DeltaSince(40, max: 10).ShouldBeNull("that board was another one");
        board.DeltaSince(43, max: 10).ShouldBeNull();
        board.DeltaSince(42, max: 10)!.Changed.ShouldBeEmpty();
    }

    [Fact]
    public void OptingOut_CostsNoPlace()
    {
        var (board, project) = (new Leaderboard(BoardOrder.LowerBound), new Guid(9, 0, 0, new byte[8]));
        board.Upsert(Figures(30, 0, worker: 1));
        board.Upsert(Figures(20, 0, worker: 2));
        board.SetName(Worker(1), new BoardName(null, IsShown: false));
        board.SetName(Worker(2), new BoardName("Ann", IsShown: true));

        board.RankOf(Worker(1)).ShouldBe(1);
        board.From(1, 2).Select(place => place.Name.Shown(place.Figures.WorkerId, project)).ShouldBe([null, "Ann"]);
        var number = BoardName.Numbered.Shown(Worker(1), project)!;
        number.ShouldMatch("^Annotator [0-9]{6}$");
        BoardName.Numbered.Shown(Worker(1), project).ShouldBe(number);
        BoardName.Numbered.Shown(Worker(2), project).ShouldNotBe(number);
        BoardName.Numbered.Shown(Worker(1), Guid.Empty).ShouldNotBe(number);
    }

    [Fact]
    public void Accumulator_KeepsTheNewestOfEachWorker_AndIsBounded()
    {
        var (accumulator, project, other) = (new StandingAccumulator(workersMax: 2), Guid.Empty, Worker(99));
        accumulator.Offer(project, Figures(5, 0)).ShouldBeTrue();
        accumulator.Offer(project, Figures(7, 0)).ShouldBeTrue();
        accumulator.Offer(project, Figures(6, 0)).ShouldBeTrue();
        accumulator.Offer(other, Figures(1, 0)).ShouldBeTrue();
        accumulator.Offer(project, Figures(1, 0, worker: 2)).ShouldBeFalse();
        accumulator.Offer(project, Figures(8, 0)).ShouldBeTrue("who is in it may always be replaced");

        var drained = accumulator.Drain();
        drained[project].Single().Fold.Right.ShouldBe(8);
        drained[other].ShouldHaveSingleItem();
        accumulator.Count.ShouldBe(0);

        accumulator.Offer(project, Figures(9, 0));
        foreach (var figures in drained[project]) accumulator.Offer(project, figures).ShouldBeTrue();
        accumulator.Drain()[project].Single().Fold.Right.ShouldBe(9, "what could not be delivered does not overwrite what came since");
    }
}
