using Dispatch.Cluster.Tests.Faults;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>What every deployment does. A class of its own, because bars.sh runs it under a crowd.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output) : FaultShifts(output)
{
    /// <summary>A few people have moved at once; a crowd is given the time that a server as shipped gives.</summary>
    private const int Few = 100;

    [PrivatePostgreSqlFact]
    public Task ServersReplaced_NoPromiseIsBroken() =>
        RunAsync([new RollingRestart()], settings: Annotators <= Few ? null : new Dictionary<string, string?> { ["Dispatch__DrainTimeout"] = null });
}
