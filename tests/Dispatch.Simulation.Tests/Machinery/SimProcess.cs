using Dispatch.Engine.Forms;
using Dispatch.Engine.Matching;
using Dispatch.Grains;
using Dispatch.Storage;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>One server process: its catalog, its committer, and what it reports for its workers.</summary>
internal sealed class SimProcess
{
    private readonly SimLoop _loop;
    private readonly Action<Exception> _failed;

    public SimProcess(SimCluster cluster, int number)
    {
        (_loop, Number, _failed) = (cluster.Loop, number, cluster.Fail);
        Clock = new SimClock(cluster.Loop);
        Store = FaultyStore.Around(cluster.Store, cluster.Loop, cluster.Chance, cluster.Network, this);
        Catalog = new ProjectCatalog(Store, new FormCatalog([new SimForm()]));
        Committer = new SimCommitter(cluster.Loop, cluster.Chance, cluster.Network, this, cluster.Store.Commit) { AcknowledgesBeforeCommit = cluster.AcknowledgesBeforeCommit };
        Actors = new SimActors(cluster, this);
        Boards = new BoardExchange(Store, Actors, Catalog, new BoardOptions(), Clock);
        AtWork = new ProjectWatch(Catalog, Actors);
        ExchangeBoards();
        WatchProjects();
        Idleness = new SimIdleness(cluster.Loop, this);
        Stamps = new SimStamps(cluster.Loop, this);
    }

    public int Number { get; }

    public bool IsAlive { get; private set; } = true;

    public SimClock Clock { get; }

    public IDispatchStore Store { get; }

    public ProjectCatalog Catalog { get; }

    public SimCommitter Committer { get; }

    public SimActors Actors { get; }

    public BoardExchange Boards { get; }

    public ProjectWatch AtWork { get; }

    public SimIdleness Idleness { get; }

    public SimStamps Stamps { get; }

    public void Kill() => IsAlive = false;

    private void ExchangeBoards() => _loop.After(BoardExchange.Period, async () =>
    {
        if (!IsAlive) return;
        await Boards.ExchangeAsync();
        ExchangeBoards();
    });

    private void WatchProjects() => _loop.After(ProjectWatch.Period, async () =>
    {
        if (!IsAlive) return;
        try
        {
            await AtWork.LookAsync();
        }
        catch (StoreUnavailableException)
        {
            // The next round looks again, as the service's does.
        }

        WatchProjects();
    });

    public void Failed(Exception bug) => _failed(bug);

    /// <summary>Reports idle workers, to the contract of IdleReporter.</summary>
    internal sealed class SimIdleness : IIdleness
    {
        private readonly Dictionary<Guid, Dictionary<Guid, IdleReport>> _idle = [];
        private readonly Dictionary<Guid, HashSet<Guid>> _newlyIdle = [];
        private readonly Dictionary<Guid, HashSet<Guid>> _newlyBusy = [];
        private readonly Dictionary<Guid, Guid> _incarnations = [];
        private readonly SimLoop _loop;
        private readonly SimProcess _process;

        public SimIdleness(SimLoop loop, SimProcess process)
        {
            (_loop, _process) = (loop, process);
            Pulse();
        }

        public void SetIdle(IdleReport report, IReadOnlyCollection<Guid> projects)
        {
            foreach (var project in projects)
            {
                var table = Table(_idle, project);
                if (table.TryGetValue(report.WorkerId, out var known) && known == report) continue;
                table[report.WorkerId] = report;
                Table(_newlyBusy, project).Remove(report.WorkerId);
                Table(_newlyIdle, project).Add(report.WorkerId);
            }
        }

        public void SetBusy(Guid workerId, IReadOnlyCollection<Guid> projects)
        {
            foreach (var project in projects)
            {
                if (!Table(_idle, project).Remove(workerId)) continue;
                if (!Table(_newlyIdle, project).Remove(workerId)) Table(_newlyBusy, project).Add(workerId);
            }
        }

        public void Forget(Guid workerId, IReadOnlyCollection<Guid> projects)
        {
            foreach (var project in projects)
            {
                Table(_idle, project).Remove(workerId);
                Table(_newlyIdle, project).Remove(workerId);
                Table(_newlyBusy, project).Remove(workerId);
            }
        }

        private static T Table<T>(Dictionary<Guid, T> tables, Guid project)
            where T : new()
        {
            if (!tables.TryGetValue(project, out var table)) tables.Add(project, table = new T());
            return table;
        }

        private void Pulse() => _loop.After(TimeSpan.FromMilliseconds(250), () =>
        {
            if (!_process.IsAlive) return;
            foreach (var project in _idle.Keys.ToArray())
            {
                if (_idle[project].Count > 0 || Table(_newlyBusy, project).Count > 0) Report(project);
            }

            Pulse();
        });

        private async void Report(Guid project)
        {
            var idle = Table(_newlyIdle, project).Select(id => IdleReportMessage.From(_idle[project][id])).ToArray();
            Guid[] busy = [.. Table(_newlyBusy, project)];
            Table(_newlyIdle, project).Clear();
            Table(_newlyBusy, project).Clear();
            try
            {
                var incarnation = await _process.Actors.Matchmaker(project).Report(idle, busy);
                if (_incarnations.GetValueOrDefault(project) == incarnation) return;
                _incarnations[project] = incarnation;
                await _process.Actors.Matchmaker(project).Report([.. _idle[project].Values.Select(IdleReportMessage.From)], []);
            }
            catch (Exception failure) when (failure is TimeoutException or StoreUnavailableException)
            {
                _incarnations[project] = Guid.Empty;
            }
        }
    }

    /// <summary>Stores shown stamps, to the contract of ShownBuffer.</summary>
    internal sealed class SimStamps(SimLoop loop, SimProcess process) : IShownStamps
    {
        private readonly HashSet<Guid> _waiting = [];

        public void Add(Guid assignmentId, Guid workerId, DateTimeOffset at)
        {
            _waiting.Add(assignmentId);
            Flush(assignmentId, workerId);
        }

        public void Remove(Guid assignmentId) => _waiting.Remove(assignmentId);

        private void Flush(Guid assignmentId, Guid workerId) => loop.After(TimeSpan.FromSeconds(2), async () =>
        {
            if (!process.IsAlive || !_waiting.Contains(assignmentId)) return;
            try
            {
                await process.Store.MarkShownAsync([(assignmentId, workerId)], CancellationToken.None);
                _waiting.Remove(assignmentId);
            }
            catch (StoreUnavailableException)
            {
                Flush(assignmentId, workerId);
            }
        });
    }
}
