using Dispatch.Cluster.Tests.Faults;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>Servers die, one and all, at any place, and are replaced.</summary>
public sealed class ServerFaultTests(ITestOutputHelper output) : FaultShifts(output)
{
    [PrivatePostgreSqlFact]
    public Task ServersDie_NoPromiseIsBroken() => RunAsync([new KillOneServer(), new KillAllButOne(), new CutConnections(), new KillAllServers()]);

    /// <summary>Every place in turn.</summary>
    [PrivatePostgreSqlFact]
    public Task ServerDiesAtAPlaceAroundACommit_NoPromiseIsBroken() => RunAsync(
        [new DieAt("BeforeCommit", "AfterCommit", "AfterPush", "BeforeHubReply")]);

    [PrivatePostgreSqlFact]
    public Task ServerStandsStillOrIsForgotten_NoPromiseIsBroken() => RunAsync([new StandStill(TimeSpan.FromSeconds(12)), new MembershipRowDeleted()]);
}
