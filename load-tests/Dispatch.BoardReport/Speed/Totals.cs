using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;

namespace Dispatch.BoardReport.Speed;

/// <summary>Totals as worker grains would send them: each a gold further than the last of that worker, with another handling time.</summary>
internal sealed class Totals
{
    private const double Discount = 0.98;
    private static readonly AccuracyPrior Prior = new(0.8, 8, 1);

    private readonly Random _random;
    private readonly QualityFold[] _folds;
    private readonly double[] _truth;
    private readonly int[] _order;
    private int _turn;

    public Totals(int workers, int seed)
    {
        _random = new(seed);
        Workers = [.. Enumerable.Range(0, workers).Select(_ => NewId())];
        _folds = new QualityFold[workers];
        _truth = [.. Enumerable.Range(0, workers).Select(_ => 0.6 + (0.4 * _random.NextDouble()))];
        _order = [.. Enumerable.Range(0, workers)];
        for (var worker = 0; worker < workers; worker++)
        {
            for (var golds = _random.Next(1, 60); golds > 0; golds--) Judge(worker);
        }
    }

    public Guid[] Workers { get; }

    public StandingFigures Next(int worker)
    {
        Judge(worker);
        var fold = _folds[worker];
        var accuracy = Accuracy.Of(fold, Prior);
        return new()
        {
            WorkerId = Workers[worker],
            Fold = fold,
            Prior = Prior,
            Discount = Discount,
            LowerBound = Math.Max(0, accuracy.Mean - (1.645 * accuracy.StandardDeviation)), // Near enough; the exact one is the sender's work, not the board's.
            SpeedIndex = 0.5 + _random.NextDouble(),
            MedianSeconds = 5 + (60 * _random.NextDouble()),
            TimedAnswers = fold.LastSequence,
            Answers = fold.LastSequence,
        };
    }

    public StandingFigures Any() => Next(_random.Next(Workers.Length));

    public Guid AnyWorker() => Workers[_random.Next(Workers.Length)];

    /// <summary>Goes through all workers, in an order that is new each time.</summary>
    public StandingFigures NextInTurn()
    {
        if (_turn == 0) _random.Shuffle(_order);
        var worker = _order[_turn];
        _turn = (_turn + 1) % _order.Length;
        return Next(worker);
    }

    private void Judge(int worker) =>
        _folds[worker] = _folds[worker].Apply(new EvidenceRow(_folds[worker].LastSequence + 1, EvidenceKind.Gold, _random.NextDouble() < _truth[worker] ? 1 : 0, 1), Discount);

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new(bytes);
    }
}
