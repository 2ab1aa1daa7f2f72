using Dispatch.Cluster.Tests.Faults;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>What every deployment does. A class of its own, because bars.sh runs it under a crowd.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output) : FaultShifts(output)
{
    [PrivatePostgreSqlFact]
    public Task ServersReplaced_NoPromiseIsBroken() => RunAsync([new RollingRestart()]);
}
