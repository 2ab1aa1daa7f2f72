using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Backlog;
using Dispatch.Engine.Matching;

namespace Dispatch.Benchmarks.Engine;

/// <summary>How much there is of everything.</summary>
/// <param name="Tasks">Tasks of a batch; one that runs dry is followed by a fresh one of the same size.</param>
/// <param name="Batches">Open batches, all with work.</param>
/// <param name="Idle">Idle workers who may have the work.</param>
/// <param name="Strangers">Idle workers who may have none of it, at any age of a task.</param>
internal sealed record EngineSize(long Tasks = 1_000, int Batches = 1, int Idle = 10, int Strangers = 0);

/// <summary>
/// The engine's part of handing out: the match book proposes, the window gives a task and is refilled from a source that costs the same a row at
/// any size, the answer is counted, and the worker is idle again.
/// </summary>
internal sealed class EngineWorld
{
    private const int WindowSize = 2_048;
    private const int PageSize = 512;
    private const int Outstanding = 64;
    private const int Plenty = 1_000_000_000;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Selector Skilled = new() { Label = "skill", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText("2") };

    private readonly EngineSize _size;
    private readonly MatchBook _book = new(Outstanding);
    private readonly Guid[] _batches;
    private readonly Dictionary<Guid, Batch> _byId = [];
    private readonly Dictionary<Guid, IdleReport> _reports = [];
    private readonly Guid _stranger = Id(3, 0);
    private DateTimeOffset _now = Start;

    public EngineWorld(EngineSize size)
    {
        _size = size;
        _batches = [.. Enumerable.Range(0, size.Batches).Select(i => Id(1, i))];
        foreach (var id in _batches) _byId.Add(id, new Batch(size.Tasks));
        var requirements = Requirements.From([Skilled]);
        _book.SetBatches([.. _batches.Select(id => new BatchListing(id, requirements))]);
        for (var i = 0; i < size.Idle; i++) Idle(Id(2, i), """{"skill":2}""", Start.AddSeconds(i - size.Idle));
        for (var i = 0; i < size.Strangers; i++) Idle(Id(3, i), """{"skill":1}""", Start.AddDays(-1).AddSeconds(i));

        // Until every batch has said that it has nothing: the measurement begins with people who wait.
        while (_book.Propose(_now) is { Count: > 0 } proposals)
        {
            foreach (var proposal in proposals) _book.ProposalEnded(proposal.WorkerId, proposal.BatchId, took: false, waits: true, available: 0);
        }
    }

    /// <summary>Work comes, and the one who has waited longest gets it.</summary>
    public void WorkComes()
    {
        _now = _now.AddTicks(TimeSpan.TicksPerMillisecond);
        _book.BatchHasWork(_batches[0], available: 1);
        var worker = Serve(available: 0);
        _book.WorkerIdle(_reports[worker] with { IdleSince = _now });
    }

    /// <summary>Every batch has work; a worker comes back from a task and gets one of the first batch.</summary>
    public void WorkerComes()
    {
        _now = _now.AddTicks(TimeSpan.TicksPerMillisecond);
        var worker = Id(2, 0);
        _book.WorkerBusy(worker);
        _book.WorkerIdle(_reports[worker] with { IdleSince = _now });
        Serve(Plenty);
    }

    /// <summary>Makes every batch want workers, for <see cref="WorkerComes"/>.</summary>
    public void EveryBatchHasWork()
    {
        foreach (var worker in _reports.Keys) _book.WorkerBusy(worker);
        foreach (var id in _batches) _book.BatchHasWork(id, Plenty);
        _book.Propose(_now);
    }

    /// <summary>Somebody who may have nothing asks, after something changed.</summary>
    public void StrangerAsks()
    {
        WorkComes();
        var backlog = _byId[_batches[0]].Backlog;
        var taker = new Taker(_stranger, MinTaskAge: null, _now);
        if (backlog.Take(taker).Outcome != TakeOutcome.AskStore) return;
        var version = backlog.Version;
        backlog.MergeWorkerPage(_stranger, []);
        if (backlog.Take(taker).Outcome == TakeOutcome.Taken) throw new InvalidOperationException("A worker got what is not for them.");
        backlog.ConfirmNothing(_stranger, version);
    }

    private Guid Serve(int available)
    {
        var proposals = _book.Propose(_now);
        if (proposals.Count != 1) throw new InvalidOperationException($"{proposals.Count} proposals where one was due.");
        var (worker, id) = proposals[0];
        var batch = _byId[id];
        if (batch.IsDry) _byId[id] = batch = new Batch(_size.Tasks);
        batch.Refill();
        var taken = batch.Backlog.Take(new Taker(worker, TimeSpan.Zero, _now));
        if (taken.Outcome != TakeOutcome.Taken) throw new InvalidOperationException("Nothing was there to take.");
        _book.ProposalEnded(worker, id, took: true, waits: false, available);
        batch.Backlog.Answered(taken.TaskId, taken.Slot, completed: true);
        return worker;
    }

    private void Idle(Guid id, string labels, DateTimeOffset since)
    {
        var report = new IdleReport(id, since, since, Standing: 0, labels);
        _reports.Add(id, report);
        _book.WorkerIdle(report);
    }

    private static Guid Id(byte kind, int number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, kind]);

    private sealed class Batch(long tasks)
    {
        private long _unread = tasks;
        private long _lastId;

        public BatchBacklog Backlog { get; } = new(WindowSize);

        public bool IsDry => _unread == 0 && Backlog.AvailableCount == 0;

        public void Refill()
        {
            while (Backlog.WantsPage)
            {
                var rows = new CommittedTask[Math.Min(PageSize, _unread)];
                _unread -= rows.Length;
                for (var i = 0; i < rows.Length; i++) rows[i] = new CommittedTask(new TaskKey(0, ++_lastId), 1, Start, Start, []);
                Backlog.BeginPage();
                Backlog.MergePage(rows, PageSize, Backlog.StoreEpoch);
                Backlog.EndPage();
            }
        }
    }
}
