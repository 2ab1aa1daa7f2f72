using Dispatch.Cluster.Tests.Faults;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Cluster.Tests.History;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>
/// Three real servers, real PostgreSQL, people at work, and one fault after another. After each everybody is served again, and at the end what people were told is
/// compared with what is in the database. DISPATCH_TEST_SHIFTS runs it under so many seeds, DISPATCH_TEST_ANNOTATORS with so many people, who think for DISPATCH_TEST_THINK_MS; DISPATCH_TEST_BETWEEN sets how many answers there are between faults.
/// </summary>
public abstract class FaultShifts(ITestOutputHelper output)
{
    private const int Servers = 3;

    // Before the first fault and between faults.
    private static int AnswersBetween => Settings.Number("DISPATCH_TEST_BETWEEN", 100);

    /// <summary>How many tabs people have open.</summary>
    protected static int Annotators => Settings.Number("DISPATCH_TEST_ANNOTATORS", 40);

    /// <summary>How long they think, on average.</summary>
    protected static TimeSpan Think => TimeSpan.FromMilliseconds(Settings.Number("DISPATCH_TEST_THINK_MS", 800));

    /// <summary>One shift with all of the faults.</summary>
    /// <param name="faults">One after another.</param>
    /// <param name="golden">With gold, a leaderboard and a gate.</param>
    /// <param name="servers">Processes.</param>
    /// <param name="silos">Of these, so many that hold grains alone; the rest then hold connections alone.</param>
    /// <param name="settings">Of every server, beside the usual ones.</param>
    /// <param name="databaseDisk">Bytes of a disk for the database alone; null for the common one.</param>
    protected async Task RunAsync(IFault[] faults, bool golden = false, int servers = Servers, int silos = 0, IReadOnlyDictionary<string, string?>? settings = null, long? databaseDisk = null)
    {
        var shifts = Settings.Number("DISPATCH_TEST_SHIFTS", 1);
        for (var i = 0; i < shifts; i++) await TestSeeds.RunAsync(seed => RunAsync(faults, golden, () => TestCluster.StartAsync(servers, settings, silos, databaseDisk), seed));
    }

    private async Task RunAsync(IFault[] faults, bool golden, Func<Task<TestCluster>> start, int seed)
    {
        await using var cluster = await start();
        await (golden ? cluster.SeedGoldenAsync(tasks: 10_000, overlap: 3) : cluster.SeedAsync(tasks: 20_000, overlap: 3));
        await using var shift = await Shift.BeginAsync(cluster, seed, Annotators, Think);
        await shift.AnswersAsync(AnswersBetween);
        foreach (var fault in faults)
        {
            await StrikeAsync(shift, fault);
            await shift.AnswersAsync(AnswersBetween);
        }

        await EndAsync(shift, []);
        if (!golden) return;
        var taken = await GoldenTaken(cluster);
        output.WriteLine($"{taken.Assignments} golden assignments to {taken.Workers} of {shift.People} people");
        taken.Workers.ShouldBeInRange(1, shift.People - 1, "some pass, and some do not");
    }

    /// <summary>The fault strikes, and everybody is served again: without the servers that it left ended, which are started only then.</summary>
    protected async Task StrikeAsync(Shift shift, IFault fault)
    {
        var struck = shift.Journal.Now;
        await fault.StrikeAsync(shift);
        var healed = shift.Journal.Now;
        await shift.EverybodyAnswersAsync(healed);
        var figures = Figures.Of(fault.Name, shift.OwnEntries, struck, healed, shift.Journal.Now);
        Figures.Report(figures);
        output.WriteLine(figures.ToString());
        await shift.Cluster.StartMissingAsync();
    }

    /// <summary>Ends the shift: no promise was broken.</summary>
    /// <param name="shift">The shift.</param>
    /// <param name="earlier">Submits of earlier shifts on the same cluster.</param>
    /// <returns>Its submits.</returns>
    protected async Task<IReadOnlyCollection<SubmitEntry>> EndAsync(Shift shift, IReadOnlyCollection<SubmitEntry> earlier)
    {
        var (breaches, submits) = await shift.EndAsync(earlier);
        output.WriteLine($"{submits.Count} submits, {shift.Journal.Acknowledged} acknowledged, {breaches.Count} breaches (seed {shift.Seed})");
        Figures.Report(new { Name = "run", Seed = shift.Seed, Submits = submits.Count, Breaches = breaches.Count });
        breaches.ShouldBeEmpty();
        return submits;
    }

    private static async Task<(int Assignments, int Workers)> GoldenTaken(TestCluster cluster)
    {
        var golden = (await CommittedState.ReadAsync(cluster.ConnectionString)).Golden;
        return (golden.Count, golden.Select(row => row.WorkerId).Distinct().Count());
    }
}
