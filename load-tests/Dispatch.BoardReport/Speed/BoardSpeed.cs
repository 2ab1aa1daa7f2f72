using System.Diagnostics;
using Dispatch.Bars;
using Dispatch.BoardReport.Output;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;

namespace Dispatch.BoardReport.Speed;

/// <summary>What a board of 100,000 workers costs.</summary>
internal static class BoardSpeed
{
    private const int Large = 100_000;
    private const int Small = 1_000;
    private const int UpdatesPerDrain = 2_500; // 10,000/s, every 250 ms. A board of 1,000 has 1,000 at most.
    private const int Turns = 200;
    private static readonly byte[] Other = new byte[64 * 1024 * 1024];
    private static readonly RankAsk[] Asks = [new(100, 0), new(120, 0), new(0, 0.1), new(0, 0.15)];

    public static IEnumerable<Bar> Measure()
    {
        var (totals, smallTotals) = (new Totals(Large, seed: 1), new Totals(Small, seed: 2));
        if (OtherWork() < 0) yield break; // There before memory is counted.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var large = Filled(totals);
        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Large;
        var small = Filled(smallTotals);
        foreach (var (board, source) in new[] { (large, totals), (small, smallTotals) }) for (var i = 0; i < 50; i++) Updates(board, source, emptyCaches: false); // Compiled before it is measured.

        // Turns one after the other, so that what else the machine does falls on both.
        var (cost, smallCost) = Turn(large, totals, small, smallTotals, emptyCaches: true);
        var (hot, smallHot) = Turn(large, totals, small, smallTotals, emptyCaches: false);

        yield return Bar.AtLeast("board of 100,000: updates, publications included", 1_000_000 / cost, 10_000, "/s of CPU");
        yield return Bar.AtMost("board: cost of an update, 100,000 : 1,000", cost / smallCost, 3, "x");
        yield return Bar.Told("board: the same in a tight loop", Bar.Text($"{hot / smallHot:0.0} x ({hot:0.00} us : {smallHot:0.00} us)"));
        var queries = Queries(large, totals);
        yield return Bar.AtMost("board of 100,000: rank query, p99", queries.Rank, 50, "us");
        yield return Bar.AtMost("board of 100,000: the five around me, p99", queries.Around, 50, "us");
        yield return Bar.Told("board of 100,000: memory per worker", Bar.Text($"{bytes:0} bytes, figures and index"));
        var paced = Paced(large, totals);
        yield return Bar.AtLeast("board of 100,000: absorbed at 10,000/s, by time", paced.PerSecond, 9_900, "/s");
        yield return Bar.AtMost("board: oldest total when its snapshot is out", paced.OldestMs, 1_000, "ms");
        yield return Bar.Told("board: CPU of that", Bar.Text($"{paced.CpuShare:0.0 %} of a core, the senders included"));
        yield return Structures();
    }

    private static Leaderboard Filled(Totals totals)
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        for (var i = 0; i < totals.Workers.Length; i++) board.Upsert(totals.Next(i));
        board.Publish(DateTimeOffset.UnixEpoch, Asks);
        return board;
    }

    /// <summary>
    /// Cost of an update on either board, the first quartile of the turns: a longer turn is interrupted more often by others, who leave their data in the caches. A silo does other work between two drains, and what the board holds is no longer in the
    /// caches when the next comes: with <paramref name="emptyCaches"/> that is so for both. In a tight loop a small board never leaves them.
    /// </summary>
    private static (double Large, double Small) Turn(Leaderboard large, Totals totals, Leaderboard small, Totals smallTotals, bool emptyCaches)
    {
        var (atLarge, atSmall) = (new double[Turns], new double[Turns]);
        for (var turn = 0; turn < Turns; turn++) (atLarge[turn], atSmall[turn]) = (Updates(large, totals, emptyCaches), Updates(small, smallTotals, emptyCaches));
        return (Percentile(atLarge, 0.25), Percentile(atSmall, 0.25));
    }

    /// <summary>Microseconds of CPU for the way of one update: offered, drained, put in its place, published.</summary>
    private static double Updates(Leaderboard board, Totals totals, bool emptyCaches)
    {
        var figures = new StandingFigures[Math.Min(UpdatesPerDrain, totals.Workers.Length)];
        for (var i = 0; i < figures.Length; i++) figures[i] = totals.NextInTurn(); // Nobody twice: a small board must not be spared by coalescing.
        if (emptyCaches && OtherWork() < 0) throw new InvalidOperationException("Bytes are not below 0.");
        var start = Environment.CpuUsage.TotalTime;
        var accumulator = new StandingAccumulator();
        foreach (var update in figures) accumulator.Offer(Guid.Empty, update);
        if (board.Upsert(accumulator.Drain()[Guid.Empty]) != figures.Length) throw new InvalidOperationException("An update was not taken.");

        board.Publish(DateTimeOffset.UnixEpoch, Asks);
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / figures.Length;
    }

    private static long OtherWork()
    {
        var sum = 0L;
        for (var i = 0; i < Other.Length; i += 64) sum += Other[i]++; // Written, or all of it would be one page of zeros.
        return sum;
    }

    private static (double Rank, double Around) Queries(Leaderboard board, Totals totals)
    {
        const int Count = 20_000;
        var (rank, around, sum) = (new double[Count], new double[Count], 0L);
        for (var i = 0; i < Count; i++)
        {
            var worker = totals.AnyWorker();
            var start = Stopwatch.GetTimestamp();
            sum += board.RankOf(worker)!.Value;
            rank[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            worker = totals.AnyWorker();
            start = Stopwatch.GetTimestamp();
            sum += board.Around(worker, 5).Count;
            around[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        if (sum == 0) throw new InvalidOperationException("Nobody has a place.");
        return (Percentile(rank, 0.99), Percentile(around, 0.99));
    }

    /// <summary>As in a silo: senders offer at a pace, every 250 ms what waits is drained onto the board and a snapshot is published.</summary>
    private static (double PerSecond, double OldestMs, double CpuShare) Paced(Leaderboard board, Totals totals)
    {
        const int Seconds = 6;
        const int PerMillisecond = 10;
        var accumulator = new StandingAccumulator();
        var offeredAt = new Dictionary<(Guid, FiguresStamp), long>();
        var (absorbed, offered, oldest) = (0L, 0L, 0.0);
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var nextDrain = TimeSpan.FromMilliseconds(250);
        while (Stopwatch.GetElapsedTime(start) is var elapsed && (elapsed < TimeSpan.FromSeconds(Seconds) || accumulator.Count > 0))
        {
            while (offered < Math.Min(elapsed.TotalMilliseconds, Seconds * 1_000) * PerMillisecond)
            {
                var figures = totals.Any();
                if (!accumulator.Offer(Guid.Empty, figures)) throw new InvalidOperationException("The accumulator is full.");
                offeredAt[(figures.WorkerId, figures.Stamp)] = Stopwatch.GetTimestamp();
                offered++;
            }

            if (elapsed >= nextDrain)
            {
                nextDrain += TimeSpan.FromMilliseconds(250);
                board.Upsert(accumulator.Drain().GetValueOrDefault(Guid.Empty, []));
                board.Publish(DateTimeOffset.UnixEpoch, Asks);
                foreach (var at in offeredAt.Values) oldest = Math.Max(oldest, Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                absorbed += offeredAt.Count;
                offeredAt.Clear();
            }

            Thread.Sleep(1);
        }

        process.Refresh();
        var time = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (absorbed / (double)Seconds, oldest, (process.TotalProcessorTime - cpu).TotalSeconds / time);
    }

    /// <summary>The structure in use beside the other one, on the same keys.</summary>
    private static Bar Structures()
    {
        var totals = new Totals(Large, seed: 7);
        BoardKey[] keys = [.. Enumerable.Range(0, Large).Select(i => BoardKey.Of(totals.Next(i), BoardOrder.LowerBound))];
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var runs = new RankedSet<BoardKey, BoardKey.Ranking>();
        foreach (var key in keys) runs.Add(key);
        var runBytes = GC.GetTotalMemory(forceFullCollection: true) - memory;
        memory = GC.GetTotalMemory(forceFullCollection: true);
        var treap = new Treap<BoardKey>(seed: 7);
        foreach (var key in keys) treap.Add(key);
        var treapBytes = GC.GetTotalMemory(forceFullCollection: true) - memory;

        List<double> ratios = [];
        var random = new Random(7);
        for (var round = 0; round < 5; round++)
        {
            var moves = Enumerable.Range(0, 40_000).Select(_ => random.Next(Large)).Distinct().Select(i => (i, From: keys[i], To: keys[i] with { First = random.NextDouble() })).ToArray();
            var start = Stopwatch.GetTimestamp();
            foreach (var (_, from, to) in moves)
            {
                runs.Remove(from);
                runs.Add(to);
            }

            var inRuns = Stopwatch.GetElapsedTime(start);
            start = Stopwatch.GetTimestamp();
            foreach (var (_, from, to) in moves)
            {
                treap.Remove(from);
                treap.Add(to);
            }

            ratios.Add(Stopwatch.GetElapsedTime(start) / inRuns);
            foreach (var (i, _, to) in moves) keys[i] = to;
            if (runs.CountBefore(keys[0]) != treap.CountBefore(keys[0])) throw new InvalidOperationException("The two structures disagree.");
        }

        return Bar.Told("board: a treap against the sorted runs", Bar.Text($"{Percentile([.. ratios], 0.5):0.0} x the time, {(double)treapBytes / runBytes:0.0} x the memory"));
    }

    private static double Percentile(double[] values, double q)
    {
        Array.Sort(values);
        return values[(int)Math.Min(values.Length - 1, q * values.Length)];
    }
}
