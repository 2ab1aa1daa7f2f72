using Dispatch.Cluster.Tests.Harness;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>kill -9 of one server, whichever. The others serve its people.</summary>
/// <param name="role">silo or gateway, where they are apart.</param>
public sealed class KillOneServer(string? role = null) : IFault
{
    public string Name => $"F-1 kill -9 of one {role ?? "server"}";

    public Task StrikeAsync(Shift shift) => shift.Cluster.KillServerAsync(role switch
    {
        "silo" => shift.Random.Next(shift.Cluster.Silos),
        "gateway" => shift.Random.Next(shift.Cluster.Silos, shift.Cluster.Count),
        _ => shift.Random.Next(shift.Cluster.Count),
    });
}

/// <summary>kill -9 of one server after another: wherever the leaderboard and the matchmaker live, they are hit.</summary>
public sealed class KillEachServer : IFault
{
    public string Name => "F-2 kill -9 of each server in turn";

    public async Task StrikeAsync(Shift shift)
    {
        for (var victim = 0; victim < shift.Cluster.Count; victim++)
        {
            await shift.Cluster.KillServerAsync(victim);
            await shift.AnswersAsync(40);
            await shift.Cluster.StartServerAsync(victim);
        }
    }
}

/// <summary>
/// One server is started anew with a clock that is wrong. Not by more than the 5 minutes that Orleans gives a silo to join: half of Orleans asks the clock of the machine, which a test cannot set, and such a silo
/// would find itself too long in joining. For the same reason the clock is set right in the end: to a silo with half a wrong clock, those that die would seem to live for as long as it is ahead.
/// </summary>
public sealed class WrongClock(TimeSpan offset) : IFault
{
    public string Name => $"F-21 clock of one server off by {offset.TotalMinutes:+0;-0} min";

    public async Task StrikeAsync(Shift shift)
    {
        var victim = shift.Random.Next(shift.Cluster.Count);
        await shift.Cluster.RestartServerAsync(victim, new Dictionary<string, string?> { ["Dispatch__Faults__ClockOffset"] = offset.ToString("c") });
        await shift.AnswersAsync(200);
        await shift.EverybodyAnswersAsync(shift.Journal.Now);
        await shift.Cluster.RestartServerAsync(victim);
    }
}

/// <summary>kill -9 of all but one at once: nobody is left to vote with, and the last one goes on by itself.</summary>
public sealed class KillAllButOne : IFault
{
    public string Name => "F-1 kill -9 of all but one";

    public Task StrikeAsync(Shift shift)
    {
        var last = shift.Random.Next(shift.Cluster.Count);
        return Task.WhenAll(Enumerable.Range(0, shift.Cluster.Count).Where(server => server != last).Select(shift.Cluster.KillServerAsync));
    }
}

/// <summary>
/// One server kills itself at a place around a commit, is started again, and does so at the next. It is the only one meanwhile: one that owns no batch never passes such a place.
/// </summary>
/// <param name="places">By their names in the server's fault points.</param>
public sealed class DieAt(params string[] places) : IFault
{
    public string Name => $"F-3, F-4 killed at {string.Join(", ", places)}";

    public async Task StrikeAsync(Shift shift)
    {
        await shift.Cluster.KillAllAsync();
        foreach (var place in places)
        {
            var victim = shift.Random.Next(shift.Cluster.Count);
            await shift.Cluster.StartServerAsync(victim, new Dictionary<string, string?>
            {
                ["Dispatch__Faults__KillAt"] = place,
                ["Dispatch__Faults__Passes"] = $"{shift.Random.Next(5)}",
            });
            await shift.Cluster.Server(victim).WaitForExitAsync(TimeSpan.FromSeconds(120));
            await shift.Cluster.KillServerAsync(victim);
        }

        await shift.Cluster.StartAllAsync();
    }
}

/// <summary>A server stands still, is declared dead by the others, and wakes up believing that it still owns its batches.</summary>
public sealed class StandStill(TimeSpan span) : IFault
{
    private const int SigCont = 18;
    private const int SigStop = 19;

    public string Name => $"F-5 server stands still {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        var victim = shift.Random.Next(shift.Cluster.Count);
        var server = shift.Cluster.Server(victim);
        server.Signal(SigStop);
        await Pause.ForAsync(span);
        server.Signal(SigCont);

        // One that learns that it was declared dead ends itself; so a service manager would start it again.
        await Eventually.TrueAsync(
            async () => !shift.Cluster.IsRunning(victim) || await shift.Cluster.IsReadyAsync(victim), TimeSpan.FromSeconds(60), "the server has come back or given up");
        if (shift.Cluster.IsRunning(victim)) return;
        await shift.Cluster.RestartServerAsync(victim);
    }
}

/// <summary>Every server dies at once; the truth is read from the database alone.</summary>
public sealed class KillAllServers : IFault
{
    public string Name => "F-12 kill -9 of all servers";

    public async Task StrikeAsync(Shift shift)
    {
        await shift.Cluster.KillAllAsync();
        await shift.Cluster.StartAllAsync();
    }
}

/// <summary>One server after another is stopped as a deployment does it, and started again.</summary>
public sealed class RollingRestart : IFault
{
    public string Name => "F-13 rolling restart";

    public async Task StrikeAsync(Shift shift)
    {
        for (var i = 0; i < shift.Cluster.Count; i++)
        {
            await shift.Cluster.StopServerAsync(i);
            await shift.Cluster.StartServerAsync(i);
            await shift.Cluster.SentToAsync(i);
        }
    }
}
