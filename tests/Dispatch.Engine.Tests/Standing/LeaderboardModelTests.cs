using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.TestKit;
using static Dispatch.Engine.Tests.Standing.GateSamples;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>Random operations on the board and on a plain list that is sorted for every question: they always agree.</summary>
public sealed class LeaderboardModelTests
{
    [Theory]
    [InlineData(BoardOrder.LowerBound, 40, 1_500)]
    [InlineData(BoardOrder.BandsThenSpeed, 40, 1_500)]
    [InlineData(BoardOrder.Mean, 3, 1_500)]
    [InlineData(BoardOrder.LowerBound, 3_000, 12_000)] // Many runs, which split, empty and merge.
    public void AnyOperations_AgreeWithASortedList(BoardOrder order, int workers, int operations) => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var board = new Leaderboard(order);
        var model = new Model(order);
        for (var operation = 0; operation < operations; operation++)
        {
            // Now and then everybody leaves, or nearly.
            var leaving = operation / (operations / 6) % 2 == 1;
            var worker = Worker(random.Next(workers));
            if (random.Next(leaving ? 2 : 12) == 0) board.Remove(worker).ShouldBe(model.Remove(worker));
            else if (random.Next(20) == 0)
            {
                StandingFigures[] batch = [.. Enumerable.Range(0, random.Next(12)).Select(_ => Draw(random, Worker(random.Next(workers)), random.Next(2_000))).DistinctBy(figures => figures.WorkerId)];
                board.Upsert(batch).ShouldBe(batch.Count(model.Upsert));
            }
            else
            {
                var figures = Draw(random, worker, random.Next(2_000));
                (board.Upsert(figures) == UpsertOutcome.Applied).ShouldBe(model.Upsert(figures));
            }

            if (workers > 100 && operation % 50 != 0) continue;
            Compare(board, model, random, workers);
        }
    });

    [Fact]
    public void Deltas_BroughtToACopy_MakeItTheBoard() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var board = new Leaderboard(BoardOrder.LowerBound, firstEpoch: 100);
        Dictionary<Guid, StandingFigures> copy = [];
        var known = board.Publish(Now, []).Epoch;
        for (var round = 0; round < 200; round++)
        {
            for (var i = random.Next(4); i > 0; i--)
            {
                if (random.Next(5) == 0) board.Remove(Worker(random.Next(30)));
                else board.Upsert(Draw(random, Worker(random.Next(30)), random.Next(2_000)));
            }

            var published = board.Publish(Now, []).Epoch;
            if (random.Next(3) == 0) continue;
            var delta = board.DeltaSince(known, max: 1_000)!;
            (delta.FromEpoch, delta.ToEpoch).ShouldBe((known, published));
            foreach (var gone in delta.Gone) copy.Remove(gone);
            foreach (var place in delta.Changed)
            {
                copy[place.Figures.WorkerId] = place.Figures;
                place.Rank.ShouldBe(board.RankOf(place.Figures.WorkerId)!.Value);
            }

            known = published;
            copy.Values.OrderBy(figures => BoardKey.Of(figures, BoardOrder.LowerBound)).ShouldBe(board.From(1, 100).Select(place => place.Figures));
        }
    });

    private static StandingFigures Draw(Random random, Guid worker, long sequence)
    {
        // Few different values, so that ties are common.
        var figures = Figures(random.Next(4), random.Next(3));
        return figures with
        {
            WorkerId = worker,
            Fold = figures.Fold with { LastSequence = sequence },
            SpeedIndex = 1 + (random.Next(3) / 4.0),
            MedianSeconds = random.Next(4) == 0 ? null : random.Next(1, 6),
        };
    }

    private static void Compare(Leaderboard board, Model model, Random random, int workers)
    {
        var order = model.Sorted();
        board.Size.ShouldBe(order.Count);
        var times = order.Where(row => row.MedianSeconds is not null).Select(row => row.MedianSeconds!.Value).Order().ToArray();
        if (times.Length == 0) board.PoolMedianSeconds.ShouldBeNull();
        else
        {
            var median = (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;
            board.PoolMedianSeconds!.Value.ShouldBe(median, median * LogBuckets.RelativeErrorMax);
        }

        var worker = Worker(random.Next(workers));
        var at = order.FindIndex(row => row.WorkerId == worker);
        board.RankOf(worker).ShouldBe(at < 0 ? null : at + 1);
        board.PercentileOf(worker).ShouldBe(at < 0 ? null : order.Count == 1 ? 1 : (double)order.Count(row => order.IndexOf(row) > at) / (order.Count - 1));
        board.From(1, 7).Select(place => place.Figures).ShouldBe(order.Take(7));
        var around = board.Around(worker, 5);
        around.Count.ShouldBe(at < 0 ? 0 : Math.Min(5, order.Count));
        around.Select(place => place.Figures).ShouldBe(order.Skip(around.Count == 0 ? order.Count : around[0].Rank - 1).Take(5));
        if (at >= 2 && at < order.Count - 2) around[2].Figures.WorkerId.ShouldBe(worker);
        if (at >= 0) around.ShouldContain(place => place.Figures.WorkerId == worker && place.Rank == at + 1);

        if (order.Count == 0) return;
        var rank = random.Next(1, order.Count + 1);
        board.At(rank).Figures.ShouldBe(order[rank - 1]);
        var (top, share) = (new RankAsk(random.Next(1, workers), 0), new RankAsk(0, random.NextDouble()));
        var cutoffs = board.Publish(Now, [top, share]);
        foreach (var ask in new[] { top, share })
        {
            var cutoff = cutoffs.Ranks[ask];
            cutoff.Place.ShouldBe(ask.Top > 0 ? ask.Top : Math.Max(1, (int)Math.Ceiling(ask.Share * order.Count)));
            (cutoff.Last?.WorkerId).ShouldBe(cutoff.Place <= order.Count ? order[cutoff.Place - 1].WorkerId : null);
            (cutoff.Next?.WorkerId).ShouldBe(cutoff.Place < order.Count ? order[cutoff.Place].WorkerId : null);
            order.Count(row => cutoff.Holds(BoardKey.Of(row, cutoffs.Order))).ShouldBe(Math.Min(cutoff.Place, order.Count));
        }
    }

    /// <summary>The board as plainly as it can be said.</summary>
    private sealed class Model(BoardOrder order)
    {
        private readonly Dictionary<Guid, StandingFigures> _known = [];
        private readonly HashSet<Guid> _gone = [];

        public bool Upsert(StandingFigures figures)
        {
            if (_known.TryGetValue(figures.WorkerId, out var known) && (figures.Sequence, figures.Answers).CompareTo((known.Sequence, known.Answers)) <= 0) return false;
            _known[figures.WorkerId] = figures;
            _gone.Remove(figures.WorkerId);
            return true;
        }

        public bool Remove(Guid worker) => _known.ContainsKey(worker) && _gone.Add(worker);

        public List<StandingFigures> Sorted()
        {
            var rows = _known.Values.Where(row => !_gone.Contains(row.WorkerId));
            var sorted = order switch
            {
                BoardOrder.BandsThenSpeed => rows.OrderByDescending(row => Math.Floor(row.LowerBound * 100)).ThenBy(row => row.SpeedIndex).ThenByDescending(row => row.Fold.EffectiveN),
                BoardOrder.Mean => rows.OrderByDescending(row => row.Accuracy.A / (row.Accuracy.A + row.Accuracy.B)).ThenByDescending(row => row.Fold.EffectiveN).ThenBy(row => row.SpeedIndex),
                _ => rows.OrderByDescending(row => row.LowerBound).ThenByDescending(row => row.Fold.EffectiveN).ThenBy(row => row.SpeedIndex),
            };
            return [.. sorted.ThenBy(row => row.WorkerId)];
        }
    }
}
