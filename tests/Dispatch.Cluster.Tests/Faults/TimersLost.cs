using Dispatch.Cluster.Tests.Harness;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>
/// The server that has a batch, and with it the timer of its leases, is killed, and everybody who worked on the batch is gone: nothing calls it any more. A sweeper elsewhere finds the
/// leases that ran out, and others get the tasks.
/// </summary>
public sealed class TimersLost : IFault
{
    private const int Tasks = 10;

    /// <summary>Longer than the test: leases run out when the test says so, not before the server is dead.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>Nothing but a sweeper ends these leases, however late it comes: on a busy machine it also takes long to notice that a server died.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    public string Name => "F-22 the server with a batch's timers dies";

    public async Task StrikeAsync(Shift shift)
    {
        var work = await SideWork.CreateAsync(shift, Enumerable.Repeat("p", Tasks), Lease, new DispatchPolicy { ReofferSeconds = 0, CooldownSeconds = 0, DisconnectGraceSeconds = 3_600 });
        await work.OpenAsync();
        var gone = await work.ConnectManyAsync(Tasks);
        foreach (var person in gone) await person.NextAsync(CancellationToken.None).WaitAsync(Patience);
        var owner = OwnerOf(shift.Cluster, work.Batch);
        foreach (var person in gone) await person.DisposeAsync();
        await shift.Cluster.KillServerAsync(owner);
        await shift.Cluster.ScalarAsync("UPDATE assignment SET lease_until = now() WHERE batch_id = $1", work.Batch);
        (await HeldAsync()).ShouldBe(Tasks);
        await Eventually.TrueAsync(async () => await HeldAsync() == 0, Patience, "a sweeper has the leases ended");
        var others = await work.ConnectManyAsync(Tasks);
        foreach (var person in others) await person.SubmitAsync(await person.NextAsync(CancellationToken.None).WaitAsync(Patience), CancellationToken.None);
        foreach (var person in others) await person.DisposeAsync();
        await shift.Cluster.StartServerAsync(owner);

        Task<int> HeldAsync() => work.CountAsync("SELECT count(*) FROM assignment WHERE batch_id = $1 AND state = 3");
    }

    /// <summary>By the last word of who took it, which says the epoch.</summary>
    private static int OwnerOf(TestCluster cluster, Guid batch) => Enumerable.Range(0, cluster.Count)
        .SelectMany(server => cluster.LastLinesOf(server).Where(line => line.Contains($"Batch {batch} is owned here", StringComparison.Ordinal)).Select(line => (Server: server, Epoch: EpochIn(line))))
        .MaxBy(owned => owned.Epoch).Server;

    private static long EpochIn(string line) => long.Parse(line.Split("under epoch ")[1].TrimEnd('.'), System.Globalization.CultureInfo.InvariantCulture);
}
