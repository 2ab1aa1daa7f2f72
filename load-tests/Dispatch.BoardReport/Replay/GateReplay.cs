using Dispatch.Bars;
using Dispatch.BoardReport.Output;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;

namespace Dispatch.BoardReport.Replay;

/// <summary>What gates would have done to real and to made-up workers, beside a plain threshold on the raw proportion with the same θ and the same least evidence.</summary>
internal static class GateReplay
{
    private const int SyntheticSeeds = 20;
    private static readonly double[] Thresholds = [0.8, 0.85, 0.9];

    // What a project has that says nothing else.
    private static readonly AccuracyPrior Prior = new(0.8, 8, 1);
    private static readonly double[] Discounts = [0.98, 1];

    public static (IReadOnlyList<Bar> Bars, IReadOnlyList<Table> Tables) Run(string? path, int seeds)
    {
        List<Bar> bars = [];
        List<Table> tables = [];
        if (path is null) bars.Add(Bar.Missing("flapping and golden quality, replay", $"no {Judgments.FileName}"));
        else Replay(Judgments.Read(path), seeds, bars, tables);
        Synthetic(bars, tables);
        return (bars, tables);
    }

    private static Gate GateAt(double threshold) => Gate.From(new() { Evidence = new() { Enter = 15, Stay = 10 }, Accuracy = new() { Threshold = threshold } });

    private static void Replay(IReadOnlyList<(int, bool, double)> judgments, int seeds, List<Bar> bars, List<Table> tables)
    {
        List<string[]> flaps = [];
        List<string[]> quality = [];
        foreach (var discount in Discounts)
        {
            var (raw, gated) = (0, 0);
            foreach (var threshold in Thresholds)
            {
                var gate = GateAt(threshold);
                var asItWas = Backtest.Run(gate, Judgments.Rows(judgments, null), Prior, discount);
                BacktestResult[] runs = [.. Enumerable.Range(1, seeds).Select(seed => Backtest.Run(gate, Judgments.Rows(judgments, seed), Prior, discount))];
                var (rawHere, gatedHere) = (runs.Sum(run => run.Raw!.Flaps), runs.Sum(run => run.Gate.Flaps));
                (raw, gated) = (raw + rawHere, gated + gatedHere);
                flaps.Add([Bar.Text($"θ {threshold}, γ {discount}"), Bar.Text($"{asItWas.Raw!.Flaps}"), Bar.Text($"{asItWas.Gate.Flaps}"), Per(rawHere, seeds), Per(gatedHere, seeds), Ratio(rawHere, gatedHere), Per(runs.Sum(run => run.Raw!.Inside.Count), seeds), Per(runs.Sum(run => run.Gate.Inside.Count), seeds)]);
                quality.Add(Quality(threshold, discount, runs, bars));
            }

            bars.Add(Bar.Fewer(Bar.Text($"flapping, replay, γ {discount}: raw : gate, {seeds} seeds"), raw, gated, 2));
        }

        tables.Add(new("Flapping on the replay of real judgments", "Exits with a new entry within 50 answers, every judgment taken as evidence: in the order of the file, and the mean of the seeds, each of which shuffles the judgments. Golden answers are those given while in.", ["", "file: raw", "file: gate", "raw", "gate", "fewer", "golden answers: raw", "gate"], flaps));
        tables.Add(new("Quality of golden answers on the replay", "Accuracy of the answers given while in, from the one after the entry: mean over the seeds. The error of a run takes workers as the unit; the last columns compare run by run.", ["", "pool", "raw gate", "gate", "error of a run", "gate − pool", "gate − raw"], quality));
    }

    private static string[] Quality(double threshold, double discount, BacktestResult[] runs, List<Bar> bars)
    {
        var pool = runs.Average(run => run.Pool.Accuracy!.Value);
        var raw = runs.Average(run => run.Raw!.Inside.Accuracy!.Value);
        var gated = runs.Average(run => run.Gate.Inside.Accuracy!.Value);
        var overPool = Spread([.. runs.Select(run => run.Gate.Inside.Accuracy!.Value - run.Pool.Accuracy!.Value)]);
        var overRaw = Spread([.. runs.Select(run => run.Gate.Inside.Accuracy!.Value - run.Raw!.Inside.Accuracy!.Value)]);
        bars.Add(new(Bar.Text($"golden quality, replay, θ {threshold}, γ {discount}"), overPool.Mean > 2 * overPool.Error, Bar.Text($"{gated:0.0000}; pool {pool:0.0000}, raw gate {raw:0.0000}"), "above the pool"));
        return
        [
            Bar.Text($"θ {threshold}, γ {discount}"), Bar.Text($"{pool:0.0000}"), Bar.Text($"{raw:0.0000}"), Bar.Text($"{gated:0.0000}"),
            Bar.Text($"{runs.Average(run => run.Gate.Inside.StandardError ?? 0):0.0000}"),
            Bar.Text($"{overPool.Mean:+0.0000;−0.0000} ± {overPool.Error:0.0000}"), Bar.Text($"{overRaw.Mean:+0.0000;−0.0000} ± {overRaw.Error:0.0000}"),
        ];
    }

    private static void Synthetic(List<Bar> bars, List<Table> tables)
    {
        List<string[]> rows = [];
        foreach (var discount in Discounts)
        {
            var (raw, gated) = (0, 0);
            foreach (var threshold in Thresholds)
            {
                var (rawHere, gatedHere, rawIn, gatedIn) = (0, 0, 0L, 0L);
                for (var seed = 1; seed <= SyntheticSeeds; seed++)
                {
                    var run = Backtest.Run(GateAt(threshold), Judgments.OnTheBar(threshold, workers: 50, answers: 400, seed), Prior, discount);
                    (rawHere, gatedHere) = (rawHere + run.Raw!.Flaps, gatedHere + run.Gate.Flaps);
                    (rawIn, gatedIn) = (rawIn + run.Raw.Inside.Count, gatedIn + run.Gate.Inside.Count);
                }

                (raw, gated) = (raw + rawHere, gated + gatedHere);
                rows.Add([Bar.Text($"θ {threshold}, γ {discount}"), Per(rawHere, SyntheticSeeds), Per(gatedHere, SyntheticSeeds), Ratio(rawHere, gatedHere), Per(rawIn, SyntheticSeeds), Per(gatedIn, SyntheticSeeds)]);
            }

            bars.Add(Bar.Fewer(Bar.Text($"flapping, truth on the bar, γ {discount}: raw : gate"), raw, gated, 3));
        }

        Parts(tables);
        tables.Add(new("Flapping of workers whose true accuracy is the bar", Bar.Text($"50 workers of 400 answers each, mean of {SyntheticSeeds} seeds."), ["", "raw", "gate", "fewer", "golden answers: raw", "gate"], rows));
    }

    /// <summary>What each part of a gate does by itself: the bar is easy to keep still for a gate that hardly lets anybody in.</summary>
    private static void Parts(List<Table> tables)
    {
        const double Bar0 = 0.85;
        (string Name, AccuracyClause Clause, int Dwell)[] parts =
        [
            ("even odds to enter and stay", new() { Threshold = Bar0, Probability = 0.5, Hysteresis = 0, StayProbability = 0.5 }, 0),
            ("even odds, a dwell of 20 answers", new() { Threshold = Bar0, Probability = 0.5, Hysteresis = 0, StayProbability = 0.5 }, 20),
            ("even odds, staying at θ − 0.05", new() { Threshold = Bar0, Probability = 0.5, StayProbability = 0.5 }, 0),
            ("nine in ten to enter and stay", new() { Threshold = Bar0, Hysteresis = 0, StayProbability = 0.9 }, 0),
            ("nine in ten to enter, even odds to stay", new() { Threshold = Bar0, Hysteresis = 0 }, 0),
            ("the same, staying at θ − 0.05", new() { Threshold = Bar0 }, 0),
            ("the same, a dwell of 20 answers", new() { Threshold = Bar0 }, 20),
        ];
        List<string[]> rows = [];
        foreach (var (name, clause, dwell) in parts)
        {
            var gate = Gate.From(new() { Evidence = new() { Enter = 15, Stay = 10 }, Accuracy = clause, DwellAnswers = dwell });
            GateRecord[] runs = [.. Enumerable.Range(1, SyntheticSeeds).Select(seed => Backtest.Run(gate, Judgments.OnTheBar(Bar0, workers: 50, answers: 400, seed), Prior).Gate)];
            var (flaps, golden) = (runs.Sum(run => run.Flaps), runs.Sum(run => run.Inside.Count));
            rows.Add([name, Per(flaps, SyntheticSeeds), Per(golden, SyntheticSeeds), Bar.Text($"{1_000.0 * flaps / Math.Max(1, golden):0.00}")]);
        }

        tables.Add(new("What the parts of a gate do", Bar.Text($"Workers whose true accuracy is θ = {Bar0}, γ 1: as above."), ["", "flaps", "golden answers", "flaps in 1,000 golden answers"], rows));
    }

    private static (double Mean, double Error) Spread(double[] values)
    {
        var mean = values.Average();
        return (mean, values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) / values.Length));
    }

    private static string Per(double sum, int seeds) => Bar.Text($"{sum / seeds:0.0}");

    private static string Ratio(int raw, int gated) => gated == 0 ? "none left" : Bar.Text($"{raw / (double)gated:0.0} x");
}
