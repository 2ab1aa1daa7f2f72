using Dispatch.Cluster.Tests.Faults;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>What decides who gets what dies: the leaderboard, the matchmaker, the silos behind gateways.</summary>
public sealed class GateFaultTests(ITestOutputHelper output) : FaultShifts(output)
{
    /// <summary>With gold, gates and a leaderboard: nobody gets golden work who does not pass, whatever dies or stands still.</summary>
    [PrivatePostgreSqlFact]
    public Task ServersOfAGateDie_NobodyWhoDoesNotPassGetsGoldenWork() => RunAsync(
        [new KillEachServer(), new StandStill(TimeSpan.FromSeconds(12)), new WrongClock(TimeSpan.FromMinutes(4)), new WrongClock(TimeSpan.FromMinutes(-4))], golden: true);

    /// <summary>Two silos, and two gateways that hold the connections.</summary>
    [PrivatePostgreSqlFact]
    public Task GatewaysApartFromSilos_NoPromiseIsBroken() => RunAsync([new KillOneServer("silo"), new KillOneServer("gateway"), new CutConnections()], servers: 4, silos: 2);
}
