using Dispatch.Simulation.Tests.Worlds;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Simulation.Tests;

/// <summary>Whole shifts with everything going wrong. A failure names its seed; <c>DISPATCH_TEST_WORLD=seed</c> runs that one world again.</summary>
public sealed class WorldTests(ITestOutputHelper output)
{
    private static readonly WorldSize Large = new() { WorkersMin = 1_000, WorkersMax = 3_000, TasksMax = 6_000, StepsMax = 200_000 };
    private const string OneWorld = "DISPATCH_TEST_WORLD";
    private const string Worlds = "DISPATCH_TEST_WORLDS";
    private const string LargeWorlds = "DISPATCH_TEST_LARGE_WORLDS";

    [Fact]
    public void SmallWorlds_WithEveryFault_KeepEveryPromise() => TestSeeds.Run(seed => RunMany(seed, Number(Worlds, 1_000), new WorldSize()));

    /// <summary>Worlds that broke a promise once. Each has a directed test beside it, for a change of what chance decides changes the world of a seed.</summary>
    [Theory]
    [InlineData(1_127_685_144)] // What was sent ahead moved onto a capacity slot that a second life of the worker's actor had filled.
    [InlineData(900_005_600)] // Who lost an offer could have another slot of the task, and nobody said so.
    [InlineData(1_550_093_826)] // The board and the store took different ones of two activations' totals for the newer.
    [InlineData(736_625_609)] // A batch that was still reading what an import brought told others from old memory that there was nothing.
    [InlineData(1_550_091_333)] // Who took an offer and had room for more was forgotten by the matchmaker.
    public void SmallWorlds_ThatBrokeAPromiseOnce_KeepItNow(int seed) => new World(seed, new WorldSize()).Run();

    [Fact]
    public void LargeShifts_OfThousands_KeepEveryPromise() => TestSeeds.Run(seed => RunMany(seed, Number(LargeWorlds, 10), Large));

    [Fact]
    public void SameSeed_GivesTheSameShiftToTheLastStep() => TestSeeds.Run(seed =>
    {
        var (first, second) = (new World(seed, new WorldSize()), new World(seed, new WorldSize()));
        first.Run();
        second.Run();
        second.Loop.Steps.ShouldBe(first.Loop.Steps);
        second.Loop.Now.ShouldBe(first.Loop.Now);
        second.Invariants.History.ShouldBe(first.Invariants.History);
        var other = new World(seed + 1, new WorldSize());
        other.Run();
        other.Invariants.History.ShouldNotBe(first.Invariants.History, "a hash that every history has proves nothing");
    });

    private void RunMany(int seed, int count, WorldSize size)
    {
        if (Environment.GetEnvironmentVariable(OneWorld) is { Length: > 0 } one) (seed, count) = (int.Parse(one, System.Globalization.CultureInfo.InvariantCulture), 1);
        long steps = 0, answers = 0, golden = 0, controls = 0, folded = 0;
        List<BrokenPromiseException> failures = [];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            var world = new World(seed + i, size);
            try
            {
                world.Run();
            }
            catch (BrokenPromiseException broken)
            {
                lock (failures) failures.Add(broken);
            }

            Interlocked.Add(ref steps, world.Loop.Steps);
            Interlocked.Add(ref golden, world.Standings.Golden);
            Interlocked.Add(ref folded, world.Invariants.Folded);
            Interlocked.Add(ref controls, world.Standings.Controls);
            Interlocked.Add(ref answers, world.Store.Batches.Values.Sum(batch => batch.AnswerRows.Count));
        });
        output.WriteLine($"{count} worlds, {steps:N0} steps, {answers:N0} answers, {golden:N0} golden assignments and {controls:N0} controls judged, {folded:N0} late answers folded into a second hold, first seed {seed}.");
        if (failures.Count > 0) throw new BrokenPromiseException($"{failures.Count} of {count} worlds:\n{string.Join('\n', failures.Take(20).Select(failure => failure.Message))}", failures[0]);
        answers.ShouldBeGreaterThan(count, "a shift in which nobody answers proves nothing");
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : otherwise;
}
