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
public abstract class FaultShifts(ITestOutputHelper output)
{
    private const int Servers = 3;
    private const int AnswersBetween = 100;
    private static readonly TimeSpan Think = TimeSpan.FromMilliseconds(Setting("DISPATCH_TEST_THINK_MS", 400));

    /// <summary>One shift with all of the faults.</summary>
    /// <param name="faults">One after another.</param>
    /// <param name="golden">With gold, a leaderboard and a gate.</param>
    /// <param name="servers">Processes.</param>
    /// <param name="silos">Of these, so many that hold grains alone; the rest then hold connections alone.</param>
    protected async Task RunAsync(IFault[] faults, bool golden = false, int servers = Servers, int silos = 0)
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
