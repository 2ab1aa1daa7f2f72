using Dispatch.Cluster.Tests.Harness;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>Every connection of the crowd breaks at once.</summary>
public sealed class CutConnections : IFault
{
    public string Name => "F-15, F-18 all connections break";

    public Task StrikeAsync(Shift shift)
    {
        shift.Cluster.Balancer.CutAll();
        return Task.CompletedTask;
    }
}

/// <summary>A third of the connections stay open and carry nothing more: neither side is told.</summary>
public sealed class HalfOpen : IFault
{
    public string Name => "F-16 a third of the connections half open";

    public Task StrikeAsync(Shift shift)
    {
        shift.Cluster.Balancer.FreezeSome(shift.People / 3);
        return Task.CompletedTask;
    }
}

/// <summary>One server loses sight of the database, which the others still see.</summary>
public sealed class NoDatabaseForOne(TimeSpan span) : IFault
{
    public string Name => $"F-7 one server without the database {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        var victim = shift.Random.Next(shift.Cluster.Count);
        var settings = new NpgsqlConnectionStringBuilder(shift.Cluster.ConnectionString);
        await using var wire = new Wire(settings.Port);
        (settings.Host, settings.Port) = ("127.0.0.1", wire.Port);
        await shift.Cluster.RestartServerAsync(victim, new Dictionary<string, string?> { ["Dispatch__PostgreSql"] = settings.ConnectionString });
        await shift.AnswersAsync(60);
        wire.Freeze();
        await Pause.ForAsync(span);
        wire.Thaw();

        // It recovers by itself; only then is it started anew as it was, for the wire ends with this fault.
        await shift.EverybodyAnswersAsync(shift.Journal.Now);
        shift.Cluster.IsRunning(victim).ShouldBeTrue("it need not be started again");
        await shift.Cluster.RestartServerAsync(victim);
    }
}

/// <summary>The others cannot reach one server, which reaches them and the database: they declare it dead, and it goes on as if nothing were.</summary>
public sealed class Unreachable(TimeSpan span) : IFault
{
    public string Name => $"F-6 one server unreachable for the others {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        var victim = shift.Random.Next(shift.Cluster.Count);
        var listens = FreePort.Next();
        await using var wire = new Wire(listens);
        await shift.Cluster.RestartServerAsync(victim, new Dictionary<string, string?>
        {
            ["Dispatch__Cluster__SiloPort"] = $"{wire.Port}",
            ["Dispatch__Cluster__SiloListenPort"] = $"{listens}",
        });
        await shift.AnswersAsync(60);
        wire.Freeze();
        await Pause.ForAsync(span);
        wire.Thaw();

        // It learns that it is dead, and ends itself; a service manager starts it again.
        await shift.EverybodyAnswersAsync(shift.Journal.Now);
        await shift.Cluster.RestartServerAsync(victim);
    }
}
