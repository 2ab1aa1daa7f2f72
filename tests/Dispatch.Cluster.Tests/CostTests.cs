using System.Diagnostics;
using System.Globalization;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Cluster.Tests.History;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>
/// The same work by one process and by three: nothing is lost either way, and the report says what the cluster costs. Time decides nothing here; bars.sh compares.
/// DISPATCH_TEST_CYCLES sets how many answers are measured.
/// </summary>
public sealed class CostTests(ITestOutputHelper output)
{
    [PrivatePostgreSqlTheory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task SameWork_LosesNothing_AndItsCostIsReported(int servers)
    {
        var cycles = Settings.Number("DISPATCH_TEST_CYCLES", 500);
        await using var cluster = await TestCluster.StartAsync(servers);
        await cluster.SeedAsync(tasks: cycles * 2, overlap: 3);
        await using var shift = await Shift.BeginAsync(cluster, seed: 1, annotators: 30, TimeSpan.FromMilliseconds(5));
        await shift.AnswersAsync(cycles / 2);
        var (answers, cpu) = (shift.Journal.Acknowledged, Cpu(cluster));
        await shift.AnswersAsync(cycles);
        var seconds = (Cpu(cluster) - cpu).TotalSeconds / (shift.Journal.Acknowledged - answers) * 1_000;
        Figures.Report(new { Name = "cost", Servers = servers, CpuSecondsPer1000 = seconds });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{servers} servers: {seconds:0.00} CPU seconds per 1,000 answers"));
        (await shift.EndAsync()).ShouldBeEmpty();
    }

    private static TimeSpan Cpu(TestCluster cluster) => Enumerable.Range(0, cluster.Count).Aggregate(TimeSpan.Zero, (sum, server) =>
    {
        using var process = Process.GetProcessById(cluster.Server(server).Id);
        return sum + process.TotalProcessorTime;
    });
}
