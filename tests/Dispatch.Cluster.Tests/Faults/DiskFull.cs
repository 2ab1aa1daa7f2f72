using Dispatch.Cluster.Tests.Harness;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>The disk of the database is full: what needs a new page is refused, and everything else goes on. Nobody is restarted.</summary>
public sealed class DiskFull(TimeSpan span) : IFault
{
    /// <summary>PostgreSQL's words for a table that cannot grow.</summary>
    private const string CannotGrow = "could not extend file";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Name => $"F-11 disk full {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        var (cluster, postgreSql) = (shift.Cluster, shift.Cluster.PostgreSql);
        postgreSql.Disk!.Fill();
        try
        {
            await Eventually.TrueAsync(() => Task.FromResult(postgreSql.Log.Contains(CannotGrow, StringComparison.Ordinal)), Patience, "a table cannot grow");
            await Eventually.TrueAsync(NobodyIsReadyAsync, Patience, "every server says that it cannot commit");
            await Pause.ForAsync(span);
            (await NobodyIsReadyAsync()).ShouldBeTrue("it lasts");
        }
        finally
        {
            postgreSql.Disk.Free();
        }

        await shift.EverybodyAnswersAsync(shift.Journal.Now);
        Enumerable.Range(0, cluster.Count).ShouldAllBe(server => cluster.IsRunning(server), "nobody need be started again");

        async Task<bool> NobodyIsReadyAsync() => !(await Task.WhenAll(Enumerable.Range(0, cluster.Count).Select(cluster.IsReadyAsync))).Contains(true);
    }
}
