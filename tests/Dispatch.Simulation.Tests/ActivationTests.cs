using Dispatch.Simulation.Tests.Machinery;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests;

/// <summary>The turn rules of the simulation's activations are those of Orleans.</summary>
public sealed class ActivationTests
{
    /// <summary>Orleans looks at what ends a life only while no request runs. A snapshot saved within a turn would read rows that the turn is about to fold itself.</summary>
    [Fact]
    public void Retire_WithinATurn_EndsTheLifeAfterIt()
    {
        var (loop, chance) = (new SimLoop(), new SimChance(1));
        var cluster = new SimCluster(loop, chance, new SimNetwork(loop, chance), new ModelStore(new SimClock(loop)), processes: 1);
        List<string> happened = [];
        var activation = new SimActivation(loop, cluster.Processes[0], reentrant: false)
        {
            Deactivating = () =>
            {
                happened.Add("ended");
                return Task.CompletedTask;
            },
        };
        activation.Activate(() => Task.CompletedTask);
        loop.After(TimeSpan.Zero, () => _ = activation.Call(async () =>
        {
            await loop.Delay(TimeSpan.FromSeconds(2));
            happened.Add("answered");
            return true;
        }));
        loop.After(TimeSpan.FromSeconds(1), activation.Retire);

        loop.RunFor(TimeSpan.FromSeconds(4));

        happened.ShouldBe(["answered", "ended"]);
    }
}
