using Dispatch.Simulation.Tests.Worlds;
using Dispatch.TestKit.Model;
using Xunit.Abstractions;

namespace Dispatch.Simulation.Tests;

/// <summary>
/// The checks can fail: with one rule of the store taken away, some shift breaks a promise, and the simulation says so. Two fences are a
/// second line, which no shift reaches while the first one stands: an assignment has one lease epoch for life, and the one owner of a
/// batch does not give a slot twice. The conformance suite tries those against the store itself.
/// </summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private const int FirstSeed = 4_000;
    private const int WorldsMax = 1_500;

    public static TheoryData<string> Rules => [.. Mutations.Keys];

    private static Dictionary<string, WorldSize> Mutations { get; } = new()
    {
        ["the owner fence"] = new() { Mutation = new() { DropOwnerFence = true } },
        ["one task per capacity slot"] = new() { Mutation = new() { DropWorkerFence = true } },
        ["the owner fence, with one holder per slot"] = new() { Mutation = new() { DropOwnerFence = true, DropSlotFence = true } },
        ["a late answer counts only while the slot is free"] = new() { Mutation = new() { CountEveryLateAnswer = true } },
        ["declined is not done"] = new() { Mutation = new() { CountDeclinedAsDone = true } },
        ["a gate is judged at the latest evaluation"] = new() { Mutation = new() { DropGateFence = true } },
        ["acknowledge after the commit"] = new() { AcknowledgesBeforeCommit = true },
        ["what wakes is committed"] = new() { NoWakeUps = true, Mutation = new() { ForgetWakeUps = true } },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void WithoutTheRule_AShiftBreaksAPromise(string rule)
    {
        string? broken = null;
        var worlds = 0;
        Parallel.For(FirstSeed, FirstSeed + WorldsMax, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, loop) =>
        {
            Interlocked.Increment(ref worlds);
            try
            {
                new World(seed, Mutations[rule]).Run();
            }
            catch (BrokenPromiseException caught)
            {
                Interlocked.CompareExchange(ref broken, caught.Message, null);
                loop.Stop();
            }
        });
        output.WriteLine($"Without \"{rule}\", within {worlds} worlds: {broken}");
        broken.ShouldNotBeNull($"{worlds} worlds without \"{rule}\" broke nothing");
    }

    [Fact]
    public void WithTheRule_LostWakeUpsAloneBreakNothing() =>
        Parallel.For(FirstSeed, FirstSeed + 100, seed => new World(seed, new WorldSize { NoWakeUps = true }).Run());
}
