using Dispatch.Engine.Quality.Gold;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Gold;

public sealed class ControlPoolTests
{
    [Fact]
    public void Take_AnyOrderOfWorkers_GivesEachControlOnceToAWorkerAndToNoMoreThanMayHaveIt() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var (controls, exposuresMax) = (random.Next(1, 8), random.Next(1, 5));
        var pool = new ControlPool();
        pool.Merge(Enumerable.Range(1, controls).Select(id => ((long)id, 0, 0, false)));
        var workers = Enumerable.Range(0, 10).Select(_ => new Guid(random.Next(), 0, 0, new byte[8])).Distinct().ToArray();
        foreach (var worker in workers) pool.Remember(worker, []);
        HashSet<(Guid, long)> had = [];
        HashSet<(long, int)> slots = [];
        for (var i = 0; i < 200; i++)
        {
            var worker = workers[random.Next(workers.Length)];
            if (pool.Take(worker, exposuresMax, random.Next) is not { } choice) continue;
            slots.Add((choice.TaskId, choice.Slot)).ShouldBeTrue("a slot was given twice");
            if (random.Next(4) == 0)
            {
                pool.Cancel(worker, choice.TaskId, retire: false);
                continue;
            }

            had.Add((worker, choice.TaskId)).ShouldBeTrue("a worker had it before");
        }

        had.GroupBy(entry => entry.Item2).ShouldAllBe(workersOfOne => workersOfOne.Count() <= exposuresMax);
        had.Count.ShouldBe(controls * Math.Min(exposuresMax, workers.Length), "with so many turns, everybody has what there is");
    });

    [Fact]
    public void Take_WorkerWhoseControlsAreNotKnown_GivesNone()
    {
        var pool = new ControlPool();
        pool.Merge([(1, 0, 0, false)]);
        pool.Take(Guid.AllBitsSet, 10, _ => 0).ShouldBeNull();
        pool.Remember(Guid.AllBitsSet, [1]);
        pool.Take(Guid.AllBitsSet, 10, _ => 0).ShouldBeNull("it was seen before");
    }

    [Fact]
    public void Take_RetiredControl_IsNotGiven()
    {
        var pool = new ControlPool();
        pool.Merge([(1, 0, 0, true), (2, 3, 3, false)]);
        pool.Remember(Guid.AllBitsSet, []);
        pool.Take(Guid.AllBitsSet, 10, _ => 0).ShouldBe(new ControlChoice(2, 3));
        pool.Take(Guid.AllBitsSet, 10, _ => 0).ShouldBeNull();
    }
}
