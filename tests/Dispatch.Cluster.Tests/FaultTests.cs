using System.Globalization;
using Dispatch.Cluster.Tests.Faults;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Cluster.Tests.History;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>
/// Three real servers, real PostgreSQL, people at work, and one fault after another. After each everybody is served again, and at the end what people were told is
/// compared with what is in the database. DISPATCH_TEST_SHIFTS runs it under so many seeds, DISPATCH_TEST_ANNOTATORS with so many people, who think for DISPATCH_TEST_THINK_MS.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private const int Servers = 3;
    private const int AnswersBetween = 100;
    private static readonly TimeSpan Think = TimeSpan.FromMilliseconds(Setting("DISPATCH_TEST_THINK_MS", 400));

    [PrivatePostgreSqlFact]
    public Task ServersDie_NoPromiseIsBroken() => RunAsync([new KillOneServer(), new CutConnections(), new KillAllServers()]);

    /// <summary>Every place in turn.</summary>
    [PrivatePostgreSqlFact]
    public Task ServerDiesAtAPlaceAroundACommit_NoPromiseIsBroken() => RunAsync(
        [new DieAt("BeforeCommit", "F-4"), new DieAt("AfterCommit", "F-3"), new DieAt("AfterPush", "F-3"), new DieAt("BeforeHubReply", "F-3")]);

    /// <summary>The last absence is long enough that no silo has a fresh sign of life in the table when the database is back.</summary>
    [PrivatePostgreSqlFact]
    public Task DatabaseInTrouble_NoPromiseIsBroken() => RunAsync(
    [
        new DatabaseCrash(TimeSpan.FromSeconds(3)), new DatabaseReadOnly(TimeSpan.FromSeconds(3)), new ConnectionsExhausted(TimeSpan.FromSeconds(3)),
        new IdleTransaction(TimeSpan.FromSeconds(3)), new DatabaseCrash(TimeSpan.FromSeconds(15)),
    ]);

    /// <summary>Two silos, and two gateways that hold the connections.</summary>
    [PrivatePostgreSqlFact]
    public Task GatewaysApartFromSilos_NoPromiseIsBroken() => RunAsync([new KillOneServer("silo"), new KillOneServer("gateway"), new CutConnections()], servers: 4, silos: 2);

    [PrivatePostgreSqlFact]
    public Task NetworkInTrouble_NoPromiseIsBroken() => RunAsync([new NoDatabaseForOne(TimeSpan.FromSeconds(10)), new Unreachable(TimeSpan.FromSeconds(10)), new HalfOpen()]);

    /// <summary>With gold, gates and a leaderboard: nobody gets golden work who does not pass, whatever dies, stands still or has a wrong clock.</summary>
    [PrivatePostgreSqlFact]
    public Task ServersOfAGateDie_NobodyWhoDoesNotPassGetsGoldenWork() => RunAsync(
        [new KillEachServer(), new StandStill(TimeSpan.FromSeconds(12)), new WrongClock(TimeSpan.FromMinutes(10)), new WrongClock(TimeSpan.FromMinutes(-10))], golden: true);

    [PrivatePostgreSqlFact]
    public Task ServersReplaced_NoPromiseIsBroken() => RunAsync([new RollingRestart(), new StandStill(TimeSpan.FromSeconds(12))]);

    private async Task RunAsync(IFault[] faults, bool golden = false, int servers = Servers, int silos = 0)
    {
        var shifts = Setting("DISPATCH_TEST_SHIFTS", 1);
        for (var i = 0; i < shifts; i++) await TestSeeds.RunAsync(seed => RunAsync(faults, golden, servers, silos, seed));
    }

    private async Task RunAsync(IFault[] faults, bool golden, int servers, int silos, int seed)
    {
        await using var cluster = await TestCluster.StartAsync(servers, silos: silos);
        await (golden ? cluster.SeedGoldenAsync(tasks: 10_000, overlap: 3) : cluster.SeedAsync(tasks: 20_000, overlap: 3));
        await using var shift = await Shift.BeginAsync(cluster, seed, Setting("DISPATCH_TEST_ANNOTATORS", 40), Think);
        await shift.AnswersAsync(AnswersBetween);
        foreach (var fault in faults)
        {
            var struck = shift.Journal.Now;
            await fault.StrikeAsync(shift);
            var healed = shift.Journal.Now;
            await shift.EverybodyAnswersAsync(healed);
            var figures = Figures.Of(fault.Name, shift.Journal.Entries, struck, healed, shift.Journal.Now);
            Figures.Report(figures);
            output.WriteLine(figures.ToString());
            await shift.AnswersAsync(AnswersBetween);
        }

        var breaches = await shift.EndAsync();
        output.WriteLine($"{shift.Journal.Entries.Count} submits, {shift.Journal.Acknowledged} acknowledged, {breaches.Count} breaches (seed {seed})");
        Figures.Report(new { Name = "run", Seed = seed, Submits = shift.Journal.Entries.Count, Breaches = breaches.Count });
        breaches.ShouldBeEmpty();
        if (!golden) return;
        var taken = await GoldenTaken(cluster);
        output.WriteLine($"{taken.Assignments} golden assignments to {taken.Workers} of {shift.People} people");
        taken.Workers.ShouldBeInRange(1, shift.People - 1, "some pass, and some do not");
    }

    private static async Task<(int Assignments, int Workers)> GoldenTaken(TestCluster cluster)
    {
        var golden = (await CommittedState.ReadAsync(cluster.ConnectionString)).Golden;
        return (golden.Count, golden.Select(row => row.WorkerId).Distinct().Count());
    }

    private static int Setting(string variable, int normal) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : normal;
}
