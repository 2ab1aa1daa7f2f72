using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.Storage;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>How big a world is, and what is left out of it.</summary>
internal sealed record WorldSize
{
    public int WorkersMin { get; init; } = 1;
    public int WorkersMax { get; init; } = 40;
    public int TasksMax { get; init; } = 60;
    public long StepsMax { get; init; } = 5_000;
    public bool Faultless { get; init; }
    public StoreMutation Mutation { get; init; } = new();
    public bool AcknowledgesBeforeCommit { get; init; }

    /// <summary>No batch's word that it has work arrives, and nobody is called back at the end: only what is committed can wake anybody.</summary>
    public bool NoWakeUps { get; init; }
}

/// <summary>A broken promise, with what is needed to see it again.</summary>
internal sealed class BrokenPromiseException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>One whole shift, decided by a seed: policies, batches, people, and everything that goes wrong.</summary>
internal sealed partial class World
{
    private readonly WorldSize _size;
    private readonly Guid _project;
    private readonly List<Guid> _batches = [];
    private string? _broken;
    private int _keys;

    public World(int seed, WorldSize size)
    {
        (Seed, _size) = (seed, size);
        Chance = new SimChance(seed);
        Loop = new SimLoop();
        Network = new SimNetwork(Loop, Chance);
        Store = new ModelStore(new SimClock(Loop)) { Mutation = size.Mutation };
        Invariants = new Invariants(this);
        Standings = new Standings(this);
        Store.Changed = Invariants.Touch;
        Cluster = new SimCluster(Loop, Chance, Network, Store, Chance.Between(1, 3), size.AcknowledgesBeforeCommit);
        Loop.AfterStep = Invariants.AfterStep;
        _project = Chance.NewId();
        Policy = DrawPolicy();
        Quality = DrawQuality();
        Create();
    }

    public int Seed { get; }

    public SimLoop Loop { get; }

    public SimChance Chance { get; }

    public SimNetwork Network { get; }

    public SimCluster Cluster { get; }

    public ModelStore Store { get; }

    public Invariants Invariants { get; }

    public Standings Standings { get; }

    public DispatchPolicy Policy { get; }

    public QualityPolicy Quality { get; }

    public List<SimAnnotator> Annotators { get; } = [];

    public void Fail(string what) => _broken ??= what;

    /// <summary>Works the shift with everything going wrong, then lets things settle and looks whether anybody was forgotten.</summary>
    public void Run()
    {
        Network.Faults = DrawFaults();
        Cluster.Duplicates = _size.Faultless || !Chance.Once(0.3) ? 0 : 0.02;
        foreach (var annotator in Annotators)
        {
            Loop.After(Chance.Seconds(0, 5), annotator.Start);
        }

        Disturb();
        RunUntil(() => false, _size.StepsMax);
        Settle();
        HoldsSoon(Invariants.WhoWaits);
        HoldsSoon(Invariants.WhoSeesOtherwise);
        if (!_size.NoWakeUps)
        {
            HoldsSoon(Standings.WhoStandsOtherwise);
            HoldsSoon(() => Standings.WhatIsOutOfOrder(_project));
        }

        Invariants.AtTheEnd();
        ThrowIfBroken();
    }

    public static TimeSpan? MinTaskAge(BatchRecord batch, WorkerRecord worker) =>
        Requirements.From(batch.Requires).MinTaskAge(WorkerLabels.Parse(worker.Labels));

    private void Settle()
    {
        // One thing goes on being refused now and then: it must make nobody wait for more than the next tick, where what a batch tells is heard.
        Network.Faults = new Faults { LostWakeUp = _size.NoWakeUps ? 1 : 0, QueueFull = _size.NoWakeUps ? 0 : Math.Min(0.02, Network.Faults.QueueFull) };
        Cluster.Duplicates = 0;
        foreach (var annotator in Annotators) annotator.IsCalm = true;

        // Calls of before may hang until they time out; work that is held runs out or goes on; then everybody is asked back.
        RunFor(TimeSpan.FromSeconds(130));
        if (_size.NoWakeUps) return;
        CallEverybodyBack();
        RunFor(TimeSpan.FromSeconds(40));
        CallEverybodyBack();
        RunFor(TimeSpan.FromSeconds(8));
    }

    /// <summary>
    /// At any one moment a message may be on its way; what is still so for the same worker after three seconds is not. By worker,
    /// for among thousands somebody's work has just ended at every moment, and the next is about to come.
    /// </summary>
    private void HoldsSoon(Func<IEnumerable<(Guid WorkerId, string What)>> violations)
    {
        var still = violations().Select(violation => violation.WorkerId).ToHashSet();
        for (var seconds = 0; seconds < 3 && still.Count > 0; seconds++)
        {
            RunFor(TimeSpan.FromSeconds(1));
            still.IntersectWith(violations().Select(violation => violation.WorkerId));
        }

        if (still.Count > 0) Fail(violations().First(violation => still.Contains(violation.WorkerId)).What);
    }

    /// <inheritdoc cref="HoldsSoon(Func{IEnumerable{ValueTuple{Guid, string}}})"/>
    private void HoldsSoon(Func<string?> violation)
    {
        for (var seconds = 0; seconds < 3 && violation() is not null; seconds++) RunFor(TimeSpan.FromSeconds(1));
        if (violation() is { } broken) Fail(broken);
    }

    // As an event: only inside the loop does what is awaited resume in it.
    private void CallEverybodyBack() => Loop.After(TimeSpan.Zero, () =>
    {
        foreach (var annotator in Annotators) _ = annotator.ComeBackAsync();
    });

    private void RunFor(TimeSpan span)
    {
        var end = Loop.Now + span;
        Loop.After(span, () => { });
        RunUntil(() => Loop.Now >= end, long.MaxValue);
    }

    private void RunUntil(Func<bool> done, long steps)
    {
        Loop.RunUntil(() => _broken is not null || Cluster.Bug is not null || done(), steps);
        ThrowIfBroken();
    }

    private void ThrowIfBroken()
    {
        if (Cluster.Bug is { } bug) throw new BrokenPromiseException($"An actor failed after {Loop.Steps} steps: {bug.Message} Seed {Seed}.", bug);
        if (_broken is not null) throw new BrokenPromiseException($"{_broken}, after {Loop.Steps} steps. Seed {Seed}.");
    }
}
