using Dispatch.BoardReport.Speed;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;

namespace Dispatch.Benchmarks.Board;

/// <summary>A filled board, and the totals that go on coming.</summary>
internal sealed class BoardWorld
{
    private static readonly RankAsk[] Asks = [new(100, 0), new(0, 0.1)];
    private readonly Leaderboard _board = new(BoardOrder.LowerBound);
    private readonly Totals _totals;

    public BoardWorld(int workers)
    {
        _totals = new Totals(workers, seed: 1);
        for (var i = 0; i < workers; i++) _board.Upsert(_totals.Next(i));
        _board.Publish(DateTimeOffset.UnixEpoch, Asks);
    }

    /// <summary>What comes next, nobody twice.</summary>
    public StandingFigures[] NextTotals(int count) => [.. Enumerable.Range(0, count).Select(_ => _totals.NextInTurn())];

    public Guid AnyWorker() => _totals.AnyWorker();

    /// <summary>A drain goes on to the board, and a publication out.</summary>
    public int Drain(StandingFigures[] totals)
    {
        var taken = _board.Upsert(totals);
        _board.Publish(DateTimeOffset.UnixEpoch, Asks);
        return taken;
    }

    public int? RankOf(Guid worker) => _board.RankOf(worker);

    public int Around(Guid worker) => _board.Around(worker, 5).Count;
}
