using Dispatch.Cluster.Tests.Harness;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>
/// The membership row of a server that lives is gone. Nobody notices until the cluster changes: then the server finds itself among the dead and ends itself. Here another server makes the
/// change, killed and started beside the row of its former life.
/// </summary>
public sealed class MembershipRowDeleted : IFault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public string Name => "F-26 membership row of a living server deleted";

    public async Task StrikeAsync(Shift shift)
    {
        var cluster = shift.Cluster;
        var victim = shift.Random.Next(cluster.Count);
        var other = (victim + 1) % cluster.Count;
        var port = FreePort.Next();
        await cluster.RestartServerAsync(victim, new Dictionary<string, string?> { ["Dispatch__Cluster__SiloPort"] = $"{port}" });
        await cluster.ScalarAsync("DELETE FROM orleans_membership WHERE port = $1", port);
        await shift.AnswersAsync(100);
        cluster.IsRunning(victim).ShouldBeTrue("nothing tells it");

        await cluster.RestartServerAsync(other);
        await cluster.Server(victim).WaitForExitAsync(Patience);
        await cluster.RestartServerAsync(victim);
    }
}
