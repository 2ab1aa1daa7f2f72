using Dispatch.Cluster.Tests.Faults;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Cluster.Tests.History;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>
/// Run after run on one cluster, each with a project, a crowd and a fault of its own, all drawn from its seed; after each, all that was ever sent is compared with all there is. DISPATCH_TEST_RUNS sets how many,
/// DISPATCH_TEST_ANNOTATORS how many tabs people have open.
/// </summary>
public sealed class SeededRunTests(ITestOutputHelper output) : FaultShifts(output)
{
    private const int Servers = 3;
    private const int AnswersBefore = 60;
    private const int Tasks = 4_000;
    private const int Overlap = 3;

    [PrivatePostgreSqlFact]
    public async Task RunsOfManySeeds_BreakNoPromise()
    {
        await using var cluster = await TestCluster.StartAsync(Servers);
        List<SubmitEntry> sent = [];
        for (var run = Settings.Number("DISPATCH_TEST_RUNS", 1); run > 0; run--) await TestSeeds.RunAsync(async seed => sent.AddRange(await RunAsync(cluster, seed, sent)));
    }

    private async Task<IReadOnlyCollection<SubmitEntry>> RunAsync(TestCluster cluster, int seed, IReadOnlyCollection<SubmitEntry> earlier)
    {
        var random = new Random(seed);
        await (random.Next(3) == 0 ? cluster.SeedGoldenAsync(Tasks, Overlap) : cluster.SeedAsync(Tasks, Overlap));
        await using var shift = await Shift.BeginAsync(cluster, seed, Annotators, Think);
        await shift.AnswersAsync(AnswersBefore);
        await StrikeAsync(shift, Drawn(random));
        return await EndAsync(shift, earlier);
    }

    private static IFault Drawn(Random random)
    {
        IFault[] faults =
        [
            new KillOneServer(),
            new KillOneServer(),
            new KillAllButOne(),
            new KillAllServers(),
            new StandStill(Seconds(5, 15)),
            new RollingRestart(),
            new DieAt("BeforeCommit"),
            new DieAt("AfterCommit"),
            new DieAt("AfterPush"),
            new DieAt("BeforeHubReply"),
            new WrongClock(Seconds(-240, 240)),
            new CutConnections(),
            new Unreachable(Seconds(2, 12)),
            new NoDatabaseForOne(Seconds(2, 12)),
            new DatabaseCrash(Seconds(0.1, 10)),
            new DatabaseReadOnly(Seconds(0.5, 5)),
            new ConnectionsExhausted(Seconds(0.5, 4)),
        ];
        return faults[random.Next(faults.Length)];

        TimeSpan Seconds(double min, double max) => TimeSpan.FromSeconds(min + (random.NextDouble() * (max - min)));
    }
}
