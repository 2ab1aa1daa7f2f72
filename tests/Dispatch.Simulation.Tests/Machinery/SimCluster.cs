using System.Diagnostics.Metrics;
using Dispatch.Grains;
using Dispatch.TestKit.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>Processes, and where the actors live. Its directory can be wrong, as a real one can: two lives of one actor at once.</summary>
internal sealed class SimCluster
{
    private readonly Dictionary<(string Kind, Guid Id), List<(SimActivation Activation, object Actor)>> _directory = [];
    private readonly Dictionary<Guid, string> _snapshots = [];
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
    private readonly LeaseInstruments _leases = new(Meters);
    private readonly GateInstruments _gates = new(Meters);
    private readonly GoldKey _goldKey = new([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
    private int _processes;

    public SimCluster(SimLoop loop, SimChance chance, SimNetwork network, ModelStore store, int processes, bool acknowledgesBeforeCommit = false)
    {
        (Loop, Chance, Network, Store, AcknowledgesBeforeCommit) = (loop, chance, network, store, acknowledgesBeforeCommit);
        Processes = [.. Enumerable.Range(0, processes).Select(_ => new SimProcess(this, ++_processes))];
    }

    public SimLoop Loop { get; }

    public SimChance Chance { get; }

    public SimNetwork Network { get; }

    public ModelStore Store { get; }

    public bool AcknowledgesBeforeCommit { get; }

    public List<SimProcess> Processes { get; }

    /// <summary>How often the directory makes a second life of an actor that has one.</summary>
    public double Duplicates { get; set; }

    public Exception? Bug { get; private set; }

    public void Fail(Exception bug) => Bug ??= bug;

    /// <summary>Kills a process as kill -9 would, and starts another.</summary>
    public SimProcess Kill(SimProcess process)
    {
        process.Kill();
        Processes.Remove(process);
        var next = new SimProcess(this, ++_processes);
        Processes.Add(next);
        return next;
    }

    public (SimActivation Activation, WorkerActor Actor) Worker(Guid id, SimProcess caller) => Find("worker", id, caller, reentrant: false, (host, process) => NewWorker(id, host, process),
        actor => actor.ActivateAsync(luggage: null, CancellationToken.None), actor => actor.SaveStandingsAsync(CancellationToken.None));

    private WorkerActor NewWorker(Guid id, SimActivation host, SimProcess process) => new(id, host, process.Store, process.Catalog, process.Idleness, process.Stamps, new SimSnapshots(_snapshots, id), process.Boards, process.AtWork, new SimDrains(process.Store), _goldKey, _gates, process.Actors, Chance, process.Clock, NullLogger.Instance);

    public (SimActivation Activation, LeaderboardActor Actor) Leaderboard(Guid id) => Find("leaderboard", id, Chance.Of(Processes), reentrant: false, (host, process) =>
        new LeaderboardActor(id, process.Store, process.Catalog, process.Clock, NullLogger.Instance), actor => actor.ActivateAsync(CancellationToken.None));

    /// <summary>The life of an actor that would be asked now; null when it has none.</summary>
    public T? Living<T>(string kind, Guid id)
        where T : class => _directory.TryGetValue((kind, id), out var lives) && lives.FindLast(life => life.Activation.IsAlive) is { Actor: T actor } ? actor : null;

    /// <summary>Collects an actor as a silo does with one that was idle for long.</summary>
    public void Collect(string kind, Guid id)
    {
        if (_directory.TryGetValue((kind, id), out var lives) && lives.FindLast(life => life.Activation is { IsAlive: true, IsIdle: true }) is { Activation: { } activation }) activation.Retire();
    }

    /// <summary>Moves a worker's actor to another process, as a server does that is about to stop. One that is at work is left: Orleans waits for it, which comes to the same.</summary>
    public void Move(Guid id)
    {
        if (!_directory.TryGetValue(("worker", id), out var lives) || lives.FindLast(life => life.Activation is { IsAlive: true, IsIdle: true }) is not { Actor: WorkerActor leaving } life) return;
        leaving.Leave();
        var luggage = leaving.Pack();
        life.Activation.Deactivating = null;
        life.Activation.Retire();
        var process = Chance.Of(Processes);
        var activation = new SimActivation(Loop, process, reentrant: false);
        var arriving = NewWorker(id, activation, process);
        activation.Deactivating = () => arriving.SaveStandingsAsync(CancellationToken.None);
        lives.Add((activation, arriving));
        activation.Activate(() => arriving.ActivateAsync(luggage, CancellationToken.None));
    }

    public (SimActivation Activation, BatchActor Actor) Batch(Guid id) => Find("batch", id, Chance.Of(Processes), reentrant: true, (host, process) =>
        new BatchActor(id, host, process.Store, process.Committer, process.Catalog, process.Actors, Chance, Chance, _leases, process.Clock, NullLogger.Instance), actor => actor.ActivateAsync(CancellationToken.None));

    public (SimActivation Activation, MatchmakerActor Actor) Matchmaker(Guid id) => Find("matchmaker", id, Chance.Of(Processes), reentrant: false, (host, process) =>
        new MatchmakerActor(id, host, process.Catalog, process.Actors, Chance, process.Clock, NullLogger.Instance), actor => actor.ActivateAsync());

    private (SimActivation Activation, T Actor) Find<T>(string kind, Guid id, SimProcess preferred, bool reentrant, Func<SimActivation, SimProcess, T> make, Func<T, Task> activate, Func<T, Task>? deactivate = null)
        where T : class
    {
        if (!_directory.TryGetValue((kind, id), out var lives)) _directory.Add((kind, id), lives = []);
        lives.RemoveAll(life => !life.Activation.IsAlive);
        if (lives.Count > 0 && !(lives.Count == 1 && Chance.Once(Duplicates)))
        {
            // Two lives: whoever asks has one or the other in its cache. The younger one wins in the end.
            var life = lives.Count > 1 && Chance.Once(0.5) ? lives[0] : lives[^1];
            return (life.Activation, (T)life.Actor);
        }

        var process = preferred.IsAlive ? preferred : Chance.Of(Processes);
        var activation = new SimActivation(Loop, process, reentrant);
        var actor = make(activation, process);
        if (deactivate is not null) activation.Deactivating = () => deactivate(actor);
        lives.Add((activation, actor));
        if (lives.Count > 1) Loop.After(TimeSpan.FromSeconds(3), lives[0].Activation.Retire);
        activation.Activate(() => activate(actor));
        return (activation, actor);
    }
}
