using System.Collections.Concurrent;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// Between the workers of a process and the boards. Totals wait here, the newest of each worker, and go out together: to the store first, so that
/// a board that was lost finds them, and to the board of each project in one call, whose reply brings the cut-offs. Reading is a pull: there is no
/// list of subscribers to keep or to lose, the age of what was read is measured here from before it was asked for, and when nothing answers it
/// simply grows, and gates on rank close.
/// </summary>
public sealed class BoardExchange(IStandingStore store, IActors actors, ProjectCatalog catalog, BoardOptions options, TimeProvider time) : IBoards
{
    /// <summary>How often <see cref="ExchangeAsync()"/> is to be called.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private const int WaitingMax = 200_000;
    private const int TotalsPerSave = 2_000;
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(450);
    private static readonly TimeSpan WakeEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan InterestEnds = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<Guid, Board> _boards = new();
    private Dictionary<(Guid ProjectId, Guid WorkerId), Waiting> _waiting = [];

    private sealed record Waiting(StandingFigures Figures, StandingTotals Totals);

    private sealed class Board
    {
        public BoardCutoffs? Cutoffs;
        public AccuracyPrior Prior;
        public long ReadStamp;
        public long AskedStamp;
        public long WokenStamp;
        public long Life;
        public bool InFlight;
        public bool Moved;
        public readonly ConcurrentDictionary<Guid, byte> Watchers = new();

        /// <summary>Those at work, with their keys; and the cut-offs these were last held against.</summary>
        public readonly ConcurrentDictionary<Guid, BoardKey> Working = new();
        public BoardCutoffs? HeldAgainst;
    }

    /// <inheritdoc/>
    public BoardReading? Read(Guid projectId)
    {
        if (!options.Enabled) return null;
        var board = _boards.GetOrAdd(projectId, _ => new Board());
        board.AskedStamp = time.GetTimestamp();
        return board.Cutoffs is { } cutoffs ? new BoardReading(cutoffs, time.GetElapsedTime(board.ReadStamp)) : null;
    }

    /// <inheritdoc/>
    public void Report(StandingFigures figures, StandingTotals totals)
    {
        if (!options.Enabled) return;
        var key = (totals.ProjectId, totals.WorkerId);
        lock (_lock)
        {
            if (_waiting.TryGetValue(key, out var known))
            {
                if (figures.Stamp > known.Figures.Stamp) _waiting[key] = new Waiting(figures, totals);
                return;
            }

            // What finds no room is said by the worker's next totals, which are absolute.
            if (_waiting.Count < WaitingMax) _waiting.Add(key, new Waiting(figures, totals));
        }
    }

    /// <inheritdoc/>
    public void Watch(Guid workerId, Guid projectId, bool waits)
    {
        if (!options.Enabled) return;
        if (waits) _boards.GetOrAdd(projectId, _ => new Board()).Watchers[workerId] = 0;
        else if (_boards.TryGetValue(projectId, out var board)) board.Watchers.TryRemove(workerId, out _);
    }

    /// <inheritdoc/>
    public void Works(Guid workerId, Guid projectId, BoardKey? key)
    {
        if (!options.Enabled) return;
        if (key is { } own) _boards.GetOrAdd(projectId, _ => new Board()).Working[workerId] = own;
        else if (_boards.TryGetValue(projectId, out var board)) board.Working.TryRemove(workerId, out _);
    }

    /// <summary>Sends what waits and reads what is asked for.</summary>
    public async Task ExchangeAsync()
    {
        var byProject = (await SaveAsync()).ToLookup(waiting => waiting.Totals.ProjectId);
        foreach (var project in byProject)
        {
            // A board that does not answer must not hold up the others.
            _ = ExchangeAsync(project.Key, _boards.GetOrAdd(project.Key, _ => new Board()), [.. project]);
        }

        foreach (var (projectId, board) in _boards)
        {
            if (byProject.Contains(projectId) || time.GetElapsedTime(board.ReadStamp) < ReadEvery) continue;
            if (board.Watchers.IsEmpty && board.Working.IsEmpty && (board.AskedStamp == 0 || time.GetElapsedTime(board.AskedStamp) > InterestEnds)) continue;
            _ = ExchangeAsync(projectId, board, []);
        }
    }

    private async Task<IReadOnlyList<Waiting>> SaveAsync()
    {
        Waiting[] all;
        lock (_lock)
        {
            if (_waiting.Count == 0) return [];
            all = [.. _waiting.Values];
            _waiting = [];
        }

        List<Waiting> saved = [];
        foreach (var chunk in all.Chunk(TotalsPerSave))
        {
            try
            {
                await store.SaveTotalsAsync([.. chunk.Select(waiting => waiting.Totals)], CancellationToken.None);
                saved.AddRange(chunk);
            }
            catch (StoreUnavailableException)
            {
                foreach (var waiting in chunk) Report(waiting.Figures, waiting.Totals);
            }
        }

        return saved;
    }

    private async Task ExchangeAsync(Guid projectId, Board board, IReadOnlyList<Waiting> totals)
    {
        if (board.InFlight)
        {
            foreach (var waiting in totals) Report(waiting.Figures, waiting.Totals);
            return;
        }

        board.InFlight = true;
        var sentStamp = time.GetTimestamp();
        try
        {
            var asks = catalog.Snapshot(projectId)?.Asks ?? [];
            var publication = await actors.Leaderboard(projectId).Exchange([.. totals.Select(waiting => TotalsMessage.Of(waiting.Figures))], [.. asks.Select(ask => new AskMessage(ask.Top, ask.Share))], board.Life);
            board.Life = publication.Life;
            Merge(projectId, board, publication, sentStamp);
        }
        catch (Exception failure) when (failure is TimeoutException or OrleansException or StoreUnavailableException)
        {
            foreach (var waiting in totals) Report(waiting.Figures, waiting.Totals);
        }
        finally
        {
            board.InFlight = false;
        }
    }

    private void Merge(Guid projectId, Board board, BoardPublication publication, long sentStamp)
    {
        var cutoffs = publication.ToCutoffs();
        if (publication.PriorVersion > 0) catalog.PriorPublished(projectId, publication.Prior);
        board.Moved |= board.Cutoffs is not { } before
            || time.GetElapsedTime(board.ReadStamp) > Gate.BoardAgeMax
            || board.Prior != publication.Prior
            || before.PoolMedianSeconds != cutoffs.PoolMedianSeconds
            || before.Ranks.Count != cutoffs.Ranks.Count
            || before.Ranks.Any(rank => !cutoffs.Ranks.TryGetValue(rank.Key, out var now) || now != rank.Value);
        (board.Cutoffs, board.Prior, board.ReadStamp) = (cutoffs, publication.Prior, sentStamp);
        if (!board.Moved || (board.WokenStamp != 0 && time.GetElapsedTime(board.WokenStamp) < WakeEvery)) return;
        (board.Moved, board.WokenStamp) = (false, time.GetTimestamp());
        foreach (var workerId in board.Watchers.Keys) _ = actors.Worker(workerId).BoardMoved(projectId);

        // No broadcast: of those at work, only whom a bar has passed.
        var heldAgainst = board.HeldAgainst;
        board.HeldAgainst = cutoffs;
        if (heldAgainst is null) return;
        foreach (var (workerId, key) in board.Working)
        {
            if (cutoffs.Ranks.Any(rank => heldAgainst.Ranks.TryGetValue(rank.Key, out var was) && was.Holds(key) != rank.Value.Holds(key))) _ = actors.Worker(workerId).BoardMoved(projectId);
        }
    }
}
