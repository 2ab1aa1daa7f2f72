using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Backlog;

namespace Dispatch.Engine.Tests.Backlog;

/// <summary>What time, keeping, late answers and rules do to the queue.</summary>
public sealed class BacklogTimeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Ann = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid Bob = new("00000000-0000-0000-0000-00000000000b");
    private static readonly Guid Cyd = new("00000000-0000-0000-0000-00000000000c");

    private static DateTimeOffset At(int seconds) => Start.AddSeconds(seconds);

    private static CommittedTask Task(long id, int overlap = 1, int priority = 0, int created = 0) => new(new TaskKey(priority, id), overlap, At(created), At(created), []);

    private static BatchBacklog Filled(params CommittedTask[] tasks) => Filled(0, [], tasks);

    private static BatchBacklog Filled(int offersMax, TimeSpan[] expiries, params CommittedTask[] tasks)
    {
        var backlog = new BatchBacklog(100, offersMax, expiries);
        backlog.MergePage(tasks, asked: 1_000, backlog.StoreEpoch);
        return backlog;
    }

    private static TakeDecision Take(BatchBacklog backlog, Guid worker, int at = 0, TimeSpan? minAge = null, bool mayHaveNone = false) =>
        backlog.Take(new Taker(worker, mayHaveNone ? null : minAge ?? TimeSpan.Zero, At(at)));

    private static void RanOut(BatchBacklog backlog, TakeDecision taken, Guid worker, int at, int retryAt, int? keptUntil = null) =>
        backlog.Release(taken.TaskId, taken.Slot, wasOffer: backlog.Offers, new Ending(worker, AssignmentState.Abandoned, At(retryAt), keptUntil is { } kept ? At(kept) : null, At(at)));

    [Fact]
    public void CoolDown_BarsTheOneWorkerUntilItThaws()
    {
        var backlog = Filled(Task(1));
        RanOut(backlog, Take(backlog, Ann), Ann, at: 10, retryAt: 70);

        backlog.BarFor(1, new Taker(Ann, TimeSpan.Zero, At(69))).ShouldBe(Bar.CoolingDown);
        Take(backlog, Ann, at: 69).Outcome.ShouldBe(TakeOutcome.Nothing);
        backlog.Advance(At(69)).ShouldBeFalse();
        Take(backlog, Ann, at: 69).Outcome.ShouldBe(TakeOutcome.Nothing);
        backlog.NextThaw.ShouldBe(At(70));

        backlog.Advance(At(70)).ShouldBeTrue("who was told 'nothing' must be asked again");

        var again = Take(backlog, Ann, at: 70);
        (again.TaskId, again.Resumes).ShouldBe((1, true));
    }

    [Fact]
    public void CoolDown_IsNobodyElses()
    {
        var backlog = Filled(Task(1));
        RanOut(backlog, Take(backlog, Ann), Ann, at: 10, retryAt: 70);

        var taken = Take(backlog, Bob, at: 11);

        (taken.TaskId, taken.Resumes).ShouldBe((1, false));
    }

    /// <summary>The store stamps the end at its commit; the owner's clock gets there a moment after the worker asks.</summary>
    [Fact]
    public void Kept_ByAClockBehindTheStores_IsThereForItsWorkerAtOnce()
    {
        var backlog = Filled(Task(1));
        RanOut(backlog, Take(backlog, Ann), Ann, at: 10, retryAt: 11, keptUntil: 31);

        Take(backlog, Ann, at: 10).TaskId.ShouldBe(1);
    }

    /// <summary>Task 1 is held by Bob, and task 3 has a higher priority.</summary>
    private static BatchBacklog WithTaskTwoKeptForAnn()
    {
        var backlog = Filled(Task(1, priority: 9), Task(2));
        Take(backlog, Bob).TaskId.ShouldBe(1);
        RanOut(backlog, Take(backlog, Ann), Ann, at: 10, retryAt: 10, keptUntil: 130);
        backlog.Merge([Task(3, priority: 9)]);
        return backlog;
    }

    [Fact]
    public void Kept_ComesFirstToItsWorkerAndToNobodyElseBeforeItsTime()
    {
        var backlog = WithTaskTwoKeptForAnn();

        backlog.BarFor(2, new Taker(Cyd, TimeSpan.Zero, At(129))).ShouldBe(Bar.KeptForAnother);
        Take(backlog, Ann, at: 20).TaskId.ShouldBe(2, "before what has a higher priority");
        Take(backlog, Cyd, at: 20).TaskId.ShouldBe(3);
    }

    [Fact]
    public void Kept_WhoseTakeWasNotCommitted_StillComesFirst()
    {
        var backlog = WithTaskTwoKeptForAnn();
        var kept = Take(backlog, Ann, at: 20);

        backlog.CancelTake(kept.TaskId, kept.Slot, Ann);

        Take(backlog, Ann, at: 21).TaskId.ShouldBe(2);
    }

    [Fact]
    public void Kept_LeftAlone_GoesToOthersWhenItsTimeIsOver()
    {
        var backlog = Filled(Task(1));
        RanOut(backlog, Take(backlog, Ann), Ann, at: 10, retryAt: 10, keptUntil: 130);
        Take(backlog, Bob, at: 129).Outcome.ShouldBe(TakeOutcome.Nothing);

        backlog.Advance(At(130)).ShouldBeTrue();

        Take(backlog, Bob, at: 130).TaskId.ShouldBe(1);
    }

    [Theory]
    [InlineData(AssignmentState.Returned)]
    [InlineData(AssignmentState.TimedOut)]
    public void Kept_HandedBackByItsWorker_IsKeptNoLonger(AssignmentState state)
    {
        var backlog = Filled(Task(1));
        RanOut(backlog, Take(backlog, Ann), Ann, at: 10, retryAt: 10, keptUntil: 130);
        var kept = Take(backlog, Ann, at: 20);

        backlog.Release(1, kept.Slot, wasOffer: false, new Ending(Ann, state, state == AssignmentState.Returned ? null : At(900), null, At(30)));

        Take(backlog, Bob, at: 31).TaskId.ShouldBe(1, "nobody is served by keeping it for one who does not want it");
    }

    [Fact]
    public void LateAnswer_OfOneWhoHoldsAnotherSlotByNow_LeavesThatHoldAlone()
    {
        var backlog = Filled(Task(1, overlap: 2));
        var first = Take(backlog, Ann);
        var bobs = Take(backlog, Bob);
        RanOut(backlog, first, Ann, at: 10, retryAt: 10);
        backlog.Release(1, bobs.Slot, wasOffer: false, new Ending(Bob, AssignmentState.Returned, null, null, At(10)));
        backlog.CancelTake(1, Take(backlog, Cyd, at: 11).Slot, Cyd);
        var cyds = Take(backlog, Cyd, at: 12);
        var again = Take(backlog, Ann, at: 12);
        again.Slot.ShouldBe(1);
        backlog.Release(1, cyds.Slot, wasOffer: false, new Ending(Cyd, AssignmentState.Returned, null, null, At(13)));

        backlog.TryReclaim(1, first.Slot).ShouldBeTrue();
        backlog.AnsweredLate(1, first.Slot, Ann, counted: false, completed: false);

        backlog.BarFor(1, new Taker(Ann, TimeSpan.Zero, At(14))).ShouldBe(Bar.AlreadyInvolved);
        backlog.Find(1)!.Held.ShouldBe(1);
    }

    [Fact]
    public void LateAnswer_ThatCounts_TakesTheSlotAndBarsItsWorker()
    {
        var backlog = Filled(Task(1, overlap: 2));
        var first = Take(backlog, Ann);
        RanOut(backlog, first, Ann, at: 10, retryAt: 10);

        backlog.TryReclaim(1, first.Slot).ShouldBeTrue();
        backlog.TryReclaim(1, first.Slot).ShouldBeFalse();
        Take(backlog, Bob, at: 11).Slot.ShouldBe(1, "the slot is set aside meanwhile");
        backlog.AnsweredLate(1, first.Slot, Ann, counted: true, completed: false);

        Take(backlog, Ann, at: 12).Outcome.ShouldBe(TakeOutcome.Nothing);
        Take(backlog, Cyd, at: 12).Outcome.ShouldBe(TakeOutcome.Nothing);
    }

    [Fact]
    public void OldEnough_DoesWithoutTheSelector_OldestFirst()
    {
        var minute = TimeSpan.FromSeconds(60);
        var backlog = Filled(0, [minute], Task(1, created: 30), Task(2, created: 10));
        Take(backlog, Ann, at: 69, minAge: minute).Outcome.ShouldBe(TakeOutcome.Nothing);
        backlog.BarFor(2, new Taker(Ann, minute, At(69))).ShouldBe(Bar.Selectors);
        backlog.Advance(At(69)).ShouldBeFalse();

        backlog.Advance(At(70)).ShouldBeTrue();

        Take(backlog, Ann, at: 70, minAge: minute).TaskId.ShouldBe(2);
        Take(backlog, Bob, at: 90, minAge: minute).TaskId.ShouldBe(1);
    }

    [Fact]
    public void RelaxRule_LetsEvenThoseHaveItWhoMayHaveNothingElse()
    {
        ExceptionRule rule = new() { Name = "relax", Action = RuleAction.Relax, WaitSeconds = 60 };
        var backlog = Filled(Task(1), Task(2, created: 50));
        Take(backlog, Ann, at: 60, mayHaveNone: true).Outcome.ShouldBe(TakeOutcome.Nothing);
        backlog.DueFor(rule, At(59), 10).ShouldBeEmpty();
        backlog.DueFor(rule, At(60), 10).ShouldBe([1L]);

        backlog.RuleActed(rule, 1, Limits.PriorityMax);

        backlog.DueFor(rule, At(60), 10).ShouldBeEmpty("a rule acts on a task once");
        Take(backlog, Ann, at: 60, mayHaveNone: true).TaskId.ShouldBe(1);
        Take(backlog, Bob, at: 60, mayHaveNone: true).Outcome.ShouldBe(TakeOutcome.Nothing);
    }

    [Fact]
    public void RaiseRule_ChangesThePlaceAndStopsAtTheHighest()
    {
        ExceptionRule rule = new() { Name = "raise", Action = RuleAction.RaisePriority, WaitSeconds = 1, By = 7 };
        var backlog = Filled(Task(1, priority: 5), Task(2), Task(3, priority: 9));
        Take(backlog, Bob).TaskId.ShouldBe(3);

        backlog.RuleActed(rule, 2, priorityMax: 6);

        backlog.Find(2)!.Key.Priority.ShouldBe(6);
        Take(backlog, Bob).TaskId.ShouldBe(2, "his cursor had passed the new place");
        Take(backlog, Ann).TaskId.ShouldBe(1);
    }

    [Fact]
    public void DueFor_TaskThatSomebodyHolds_IsNotTouched()
    {
        ExceptionRule rule = new() { Name = "cancel", Action = RuleAction.Cancel, WaitSeconds = 1 };
        var backlog = Filled(Task(1, overlap: 2), Task(2));
        Take(backlog, Ann).TaskId.ShouldBe(1);

        backlog.DueFor(rule, At(10), 10).ShouldBe([2L]);
        backlog.RuleActed(rule, 2, Limits.PriorityMax);

        backlog.Find(2).ShouldBeNull();
        Take(backlog, Bob, at: 10).TaskId.ShouldBe(1);
    }

    [Fact]
    public void Offers_GoToAsManyAsMayBeAskedAtOnce_AndTheFirstToAcceptEndsTheOthers()
    {
        var backlog = Filled(2, [], Task(1), Task(2, priority: -1));
        var anns = Take(backlog, Ann);
        var bobs = Take(backlog, Bob);
        (anns.TaskId, bobs.TaskId, anns.Slot, bobs.Slot).ShouldBe((1, 1, 0, 0));
        anns.LeaseEpoch.ShouldNotBe(bobs.LeaseEpoch);
        Take(backlog, Cyd).TaskId.ShouldBe(2, "two are asked already");
        backlog.Find(1)!.Held.ShouldBe(0, "an offer holds nothing");

        backlog.Accepted(1, bobs.Slot, [Ann], At(5));

        backlog.Find(1)!.Held.ShouldBe(1);
        backlog.BarIgnoringSlots(1, new Taker(Ann, TimeSpan.Zero, At(5))).ShouldBe(Bar.None, "being slower is held against nobody");
        backlog.Release(1, bobs.Slot, wasOffer: false, new Ending(Bob, AssignmentState.Returned, null, null, At(6)));
        Take(backlog, Ann, at: 6).TaskId.ShouldBe(1);
    }

    [Fact]
    public void Offers_RescindedWhileAnotherSlotIsFree_MayHaveThatSlot()
    {
        var backlog = Filled(2, [], Task(1, overlap: 2));
        Take(backlog, Ann).Slot.ShouldBe(0);
        var bobs = Take(backlog, Bob);
        Take(backlog, Ann, at: 1).Outcome.ShouldBe(TakeOutcome.Nothing, "the worker is asked for it already");

        backlog.Accepted(1, bobs.Slot, [Ann], At(5)).ShouldBeTrue("somebody has to tell those who were told 'nothing'");

        var anns = Take(backlog, Ann, at: 5);
        (anns.TaskId, anns.Slot).ShouldBe((1, 1));
    }

    [Fact]
    public void Offers_RescindedForWhomTheTaskIsKept_ComeBackFirst()
    {
        var backlog = Filled(2, [], Task(1, overlap: 2), Task(2, priority: 5));
        var anns = Take(backlog, Ann, at: 0, minAge: TimeSpan.Zero);
        anns.TaskId.ShouldBe(2);
        backlog.Accepted(2, anns.Slot, [], At(0)).ShouldBeFalse();
        var first = Take(backlog, Ann, at: 1);
        backlog.Accepted(1, first.Slot, [], At(1));
        backlog.Release(1, first.Slot, wasOffer: false, new Ending(Ann, AssignmentState.Abandoned, At(10), At(60), At(10)));
        backlog.Merge([Task(3, priority: 9)]);

        var again = Take(backlog, Ann, at: 11);
        again.TaskId.ShouldBe(1, "it is kept for her");
        backlog.Accepted(1, again.Slot, [Ann], At(12));

        Take(backlog, Ann, at: 13).TaskId.ShouldBe(1, "and still is, for its other slot");
    }

    [Fact]
    public void Offers_OneDeclined_AsksTheNextWhileTheOtherStillWaits()
    {
        var backlog = Filled(2, [], Task(1));
        var anns = Take(backlog, Ann);
        Take(backlog, Bob).TaskId.ShouldBe(1);
        Take(backlog, Cyd).Outcome.ShouldBe(TakeOutcome.Nothing);

        backlog.Release(1, anns.Slot, wasOffer: true, new Ending(Ann, AssignmentState.Declined, null, null, At(5)));

        Take(backlog, Ann, at: 6).Outcome.ShouldBe(TakeOutcome.Nothing, "declined is never offered again");
        Take(backlog, Cyd, at: 6).TaskId.ShouldBe(1);
    }
}
