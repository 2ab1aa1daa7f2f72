using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Rules;

namespace Dispatch.QualityReport.Bars;

/// <summary>How a rule does on simulated workers.</summary>
/// <param name="Name">The rule.</param>
/// <param name="Honest">Share of workers of 92 % that it hits within a hundred golds.</param>
/// <param name="Fair">The same of workers of 85 %.</param>
/// <param name="DelayMedian">Golds until it sees a fall from 92 % to 60 % after sixty golds, half of the time; null when it never does.</param>
/// <param name="DelayP90">The same, nine times of ten.</param>
internal sealed record AlarmRow(string Name, double Honest, double Fair, int? DelayMedian, int? DelayP90);

/// <summary>Rules as the product judges them, on workers whose true accuracy is known because it is made up.</summary>
internal static class FalseAlarms
{
    private const int Golds = 100;
    private const int FallAfter = 60;
    private const int FollowedFor = 400;

    /// <summary>The hard rule that the documentation recommends, under the policy's defaults.</summary>
    public static QualityRule Hard { get; } = new() { Name = "hard", Collector = QualityCollector.Accuracy, AtLeast = 0.9, Window = 15, Action = QualityAction.Restrict };

    public static IReadOnlyList<AlarmRow> Measure(int workers) =>
    [
        Row("last 10 golds below 75 % (soft only)", Fast(10), workers),
        Row("last 20 golds below 75 % (soft only)", Fast(20), workers),
        Row("hard: P(accuracy < 0.75) ≥ 0.9, policy defaults", new() { Rules = [Hard] }, workers),
        Row("hard: P ≥ 0.8, policy defaults", new() { Rules = [Hard with { AtLeast = 0.8 }] }, workers),
        Row("hard: P ≥ 0.9, γ = 0.95, prior Beta(4,1)", new() { Discount = 0.95, PriorStrength = 5, Rules = [Hard with { Window = 10 }] }, workers),
        Row("hard: P ≥ 0.8, γ = 0.97, prior Beta(4,1)", new() { Discount = 0.97, PriorStrength = 5, Rules = [Hard with { AtLeast = 0.8, Window = 10 }] }, workers),
    ];

    private static QualityPolicy Fast(int window) => new()
    {
        Rules = [new() { Name = "fast", Collector = QualityCollector.RecentGold, AtLeast = (Math.Floor(window * 0.25) + 1) / window, Window = window, Action = QualityAction.RaiseGoldRate }],
    };

    private static AlarmRow Row(string name, QualityPolicy policy, int workers)
    {
        var random = new Random(20_260_101);
        var book = new RuleBook(policy);
        double Hit(double accuracy) => Enumerable.Range(0, workers).Count(_ => FirstHit(book, policy, random, _ => accuracy, Golds) is not null) / (double)workers;
        var (honest, fair) = (Hit(0.92), Hit(0.85));
        var delays = Enumerable.Range(0, workers / 4)
            .Select(_ => FirstHit(book, policy, random, gold => gold < FallAfter ? 0.92 : 0.6, FallAfter + FollowedFor) ?? int.MaxValue)
            .Where(at => at > FallAfter).Select(at => at == int.MaxValue ? at : at - FallAfter).Order().ToArray();
        return new(name, honest, fair, At(delays, 0.5), At(delays, 0.9));
    }

    private static int? At(int[] delays, double q) => delays.Length > 0 && delays[(int)(q * (delays.Length - 1))] is not int.MaxValue and var at ? at : null;

    private static int? FirstHit(RuleBook book, QualityPolicy policy, Random random, Func<int, double> accuracy, int golds)
    {
        var prior = new AccuracyPrior(policy.PriorMean, policy.PriorStrength, 1);
        HashSet<string> nothingInForce = [];
        var fold = default(QualityFold);
        for (var gold = 0; gold < golds; gold++)
        {
            fold = fold.Apply(new(gold + 1, EvidenceKind.Gold, random.NextDouble() < accuracy(gold) ? 1 : 0, 1), policy.Discount);
            if (book.Judge(new(fold, Accuracy.Of(fold, prior), default, default), nothingInForce).Count > 0) return gold + 1;
        }

        return null;
    }
}
