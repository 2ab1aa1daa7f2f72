using Dispatch.Contracts;
using Dispatch.Engine.Backlog;

namespace Dispatch.Engine.Tests.Backlog;

public sealed class BatchBacklogTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid Ann = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid Bob = new("00000000-0000-0000-0000-00000000000b");
    private static readonly Guid Cyd = new("00000000-0000-0000-0000-00000000000c");

    private static CommittedTask Task(long id, int overlap = 1, int priority = 0, params Involvement[] involved) =>
        new(new TaskKey(priority, id), overlap, Start, Start, involved);

    private static TakeDecision Take(BatchBacklog backlog, Guid workerId) => backlog.Take(new Taker(workerId, TimeSpan.Zero, Start));

    private static void Return(BatchBacklog backlog, TakeDecision taken, Guid workerId, DateTimeOffset at) =>
        backlog.Release(taken.TaskId, taken.Slot, wasOffer: false, new Ending(workerId, AssignmentState.Returned, null, null, at));

    private static BatchBacklog Filled(params CommittedTask[] tasks)
    {
        var backlog = new BatchBacklog(100);
        backlog.MergePage(tasks, asked: 1_000, backlog.StoreEpoch);
        return backlog;
    }

    /// <summary>A window that the store may hold more than.</summary>
    private static BatchBacklog Larger(params CommittedTask[] tasks)
    {
        var backlog = new BatchBacklog(100);
        backlog.MergePage(tasks, asked: tasks.Length, backlog.StoreEpoch);
        return backlog;
    }

    [Fact]
    public void Take_SeveralTasks_GoesByPriorityThenAge()
    {
        var backlog = Filled(Task(1), Task(2, priority: 5), Task(3, priority: 5));

        Take(backlog, Ann).TaskId.ShouldBe(2);
        Take(backlog, Bob).TaskId.ShouldBe(3);
        Take(backlog, Ann).TaskId.ShouldBe(1);
    }

    [Fact]
    public void Take_OverlapTwo_NeverGivesOneWorkerTwoSlots()
    {
        var backlog = Filled(Task(1, overlap: 2));

        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.Taken);
        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.Nothing);
        Take(backlog, Bob).Slot.ShouldBe(1);
    }

    [Fact]
    public void Take_AfterRelease_GivesAHigherEpochToAnotherWorkerAtTheOldPlace()
    {
        var backlog = Filled(Task(1), Task(2));
        var first = Take(backlog, Ann);
        Take(backlog, Bob).TaskId.ShouldBe(2);

        Return(backlog, first, Ann, Start.AddMinutes(1));

        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.Nothing, "returned work never comes back to the same worker");
        var again = Take(backlog, Bob);
        again.TaskId.ShouldBe(1, "Bob's cursor had passed it, and must go back");
        again.LeaseEpoch.ShouldBeGreaterThan(first.LeaseEpoch);
    }

    [Fact]
    public void CancelTake_Uncommitted_LetsTheSameWorkerTakeItAgain()
    {
        var backlog = Filled(Task(1));
        var taken = Take(backlog, Ann);

        backlog.CancelTake(taken.TaskId, taken.Slot, Ann);

        Take(backlog, Ann).TaskId.ShouldBe(1);
    }

    /// <summary>At the end of a batch thousands may be idle, and each is asked again for every slot that comes back.</summary>
    [Fact]
    public void Take_WhereTheWindowIsAllThereIs_NeedNotAskTheStore()
    {
        var backlog = Filled(Task(1, overlap: 2), Task(2));
        var anns = Take(backlog, Ann);
        Take(backlog, Bob).TaskId.ShouldBe(1);
        Take(backlog, Cyd).TaskId.ShouldBe(2);
        Take(backlog, Bob).Outcome.ShouldBe(TakeOutcome.Nothing);

        Return(backlog, anns, Ann, Start.AddMinutes(1));

        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.Nothing);
        Take(backlog, Bob).Outcome.ShouldBe(TakeOutcome.Nothing);
        Take(backlog, Cyd).TaskId.ShouldBe(1);
    }

    [Fact]
    public void Release_OfATaskThatTheWindowDoesNotHave_AsksTheStoreAgain()
    {
        var backlog = Filled();
        Take(backlog, Bob).Outcome.ShouldBe(TakeOutcome.Nothing);

        backlog.Release(7, 0, wasOffer: false, new Ending(Ann, AssignmentState.TimedOut, Start, null, Start));

        Take(backlog, Bob).Outcome.ShouldBe(TakeOutcome.AskStore);
    }

    [Fact]
    public void ConfirmNothing_ThenSomethingComes_AsksAgain()
    {
        var backlog = Larger(Task(1, involved: new Involvement(Ann, 0, 1, AssignmentState.Returned, Counts: false)));
        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.AskStore);
        backlog.ConfirmNothing(Ann, backlog.Version);
        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.Nothing);

        backlog.StoreChanged();

        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.AskStore);
    }

    [Fact]
    public void ConfirmNothing_ForAnOlderVersion_IsNotBelieved()
    {
        var backlog = Filled(Task(1, involved: new Involvement(Ann, 0, 1, AssignmentState.Returned, Counts: false)));
        Take(backlog, Ann);
        var asked = backlog.Version;
        backlog.StoreChanged();

        backlog.ConfirmNothing(Ann, asked);

        Take(backlog, Ann).Outcome.ShouldBe(TakeOutcome.AskStore);
    }

    [Fact]
    public void MergePage_ReadBeforeACompletion_DoesNotBringTheTaskBack()
    {
        var backlog = Filled(Task(1));
        var taken = Take(backlog, Ann);
        backlog.BeginPage();
        backlog.Answered(taken.TaskId, taken.Slot, completed: true);

        backlog.MergePage([Task(1)], asked: 1_000, backlog.StoreEpoch);
        backlog.EndPage();

        Take(backlog, Bob).Outcome.ShouldBe(TakeOutcome.Nothing);
    }

    [Fact]
    public void MergePage_ReadBeforeTheStoreChanged_ProvesNoEnd()
    {
        var backlog = Filled();
        backlog.IsDry.ShouldBeTrue();
        backlog.StoreChanged();
        var before = backlog.StoreEpoch;

        backlog.StoreChanged();
        backlog.MergePage([Task(7)], asked: 1_000, before);

        (backlog.MayHaveMore, backlog.PageAfter).ShouldBe((true, TaskKey.First));
        Take(backlog, Ann).TaskId.ShouldBe(7, "its rows are as good as any");
        backlog.IsDry.ShouldBeFalse();
        backlog.MergePage([Task(7)], asked: 1_000, backlog.StoreEpoch);
        (backlog.MayHaveMore, backlog.IsDry).ShouldBe((false, true));
    }

    [Fact]
    public void MergePage_TheLastOfTooMany_LetsGoOfNothingForGood()
    {
        // Held ones cannot be let go of, so the window shrinks by what the last page brings.
        var backlog = new BatchBacklog(windowSize: 10);
        backlog.MergePage([.. Enumerable.Range(1, 40).Select(id => Task(id))], asked: 40, backlog.StoreEpoch);
        for (var i = 1; i <= 40; i++) Take(backlog, new Guid(i, 0, 0, new byte[8])).Outcome.ShouldBe(TakeOutcome.Taken);

        backlog.MergePage([.. Enumerable.Range(41, 12).Select(id => Task(id))], asked: 40, backlog.StoreEpoch);

        backlog.MayHaveMore.ShouldBeTrue();
        backlog.PageAfter.CompareTo(new TaskKey(0, 41)).ShouldBeLessThan(0, "those that were let go are read again");
    }

    [Fact]
    public void StoreChanged_StartsEveryWorkersPagesOver()
    {
        var backlog = Filled(Task(1));
        backlog.MergeWorkerPage(Ann, [Task(2)]);
        backlog.WorkerPageAfter(Ann).ShouldBe(new TaskKey(0, 2));

        backlog.StoreChanged();
        backlog.WorkerPageAfter(Ann).ShouldBe(TaskKey.First);

        backlog.MergeWorkerPage(Ann, [Task(3)]);
        backlog.WorkerPageAfter(Ann).ShouldBe(new TaskKey(0, 3));
    }

    [Fact]
    public void RandomWalk_AnySeed_KeepsTheInvariants()
    {
        for (var seed = 0; seed < 200; seed++) Walk(seed);
    }

    private static void Walk(int seed)
    {
        var random = new Random(seed);
        const int Tasks = 12;
        var overlaps = Enumerable.Range(0, Tasks).Select(_ => 1 + random.Next(3)).ToArray();
        var backlog = Filled([.. overlaps.Select((overlap, i) => Task(i + 1, overlap, random.Next(2)))]);
        var workers = Enumerable.Range(1, 6).Select(i => new Guid(i, 0, 0, new byte[8])).ToArray();
        List<(TakeDecision Take, Guid Worker)> held = [];
        var counted = new Dictionary<long, HashSet<Guid>>();
        var involved = new HashSet<(long, Guid)>();
        for (var step = 0; step < 300; step++)
        {
            if (random.Next(2) == 0 || held.Count == 0)
            {
                var worker = workers[random.Next(workers.Length)];
                var mayHave = backlog.MayHave(new Taker(worker, TimeSpan.Zero, Start));
                var decision = Take(backlog, worker);
                (decision.Outcome == TakeOutcome.Taken).ShouldBe(mayHave, $"seed {seed}, step {step}: the window is all there is");
                var expected = Enumerable.Range(1, Tasks).Any(id => !involved.Contains((id, worker))
                    && (counted.GetValueOrDefault(id)?.Count ?? 0) + held.Count(hold => hold.Take.TaskId == id) < overlaps[id - 1]);
                (decision.Outcome == TakeOutcome.Taken).ShouldBe(expected, $"seed {seed}, step {step}");
                if (decision.Outcome != TakeOutcome.Taken) continue;
                involved.Add((decision.TaskId, worker)).ShouldBeTrue($"seed {seed}, step {step}: a worker got a task twice");
                held.Add((decision, worker));
                continue;
            }

            var index = random.Next(held.Count);
            var (take, holder) = held[index];
            held.RemoveAt(index);
            switch (random.Next(3))
            {
                case 0:
                    backlog.CancelTake(take.TaskId, take.Slot, holder);
                    involved.Remove((take.TaskId, holder));
                    break;
                case 1:
                    Return(backlog, take, holder, Start);
                    break;
                default:
                    if (!counted.TryGetValue(take.TaskId, out var answers)) counted.Add(take.TaskId, answers = []);
                    answers.Add(holder);
                    backlog.Answered(take.TaskId, take.Slot, answers.Count == overlaps[take.TaskId - 1]);
                    break;
            }
        }
    }
}
