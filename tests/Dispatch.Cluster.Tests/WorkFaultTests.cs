using Dispatch.Cluster.Tests.Faults;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>The work itself is trouble: its time runs out, nobody can do it, everybody wants it at once.</summary>
public sealed class WorkFaultTests(ITestOutputHelper output) : FaultShifts(output)
{
    private static readonly int Stampede = Math.Max(200, Annotators);

    [PrivatePostgreSqlFact]
    public Task WorkInTrouble_NoPromiseIsBroken() => RunAsync(
        [new LeaseRace(answers: 150), new PoisonTask(), new HotBatch(Stampede), new TimersLost()],
        settings: new Dictionary<string, string?>
        {
            // Three servers admit less than a third of them.
            ["Dispatch__Hubs__ConcurrentCalls"] = $"{Stampede / 10}",
            ["Dispatch__Cluster__SweepEvery"] = "00:00:05",
            ["Logging__LogLevel__Dispatch.Grains.BatchActor"] = "Debug",
        });
}
