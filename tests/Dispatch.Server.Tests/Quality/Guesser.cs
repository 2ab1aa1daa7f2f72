namespace Dispatch.Server.Tests.Quality;

/// <summary>Somebody who tries to tell one kind of thing from another: logistic regression over all features at once, and each feature alone.</summary>
internal static class Guesser
{
    private const int Steps = 400;
    private const double Rate = 0.5;
    private const double Shrinkage = 1e-3;

    /// <summary>Ways to score things by their features, learned from examples; the higher, the more likely of the kind that is sought. Named, so that a failure says what told.</summary>
    public static IReadOnlyList<(string Name, Func<double[], double> Score)> Learn(IReadOnlyList<string> names, IReadOnlyList<(double[] Features, bool IsSought)> examples)
    {
        var n = names.Count;
        var mean = Enumerable.Range(0, n).Select(i => examples.Average(example => example.Features[i])).ToArray();
        var deviation = Enumerable.Range(0, n).Select(i => Math.Sqrt(examples.Average(example => Math.Pow(example.Features[i] - mean[i], 2)))).ToArray();
        double[] Standard(double[] features) => [.. features.Select((value, i) => deviation[i] < 1e-12 ? (Math.Abs(value - mean[i]) < 1e-12 ? 0 : 10) : (value - mean[i]) / deviation[i])];
        var weights = Regress([.. examples.Select(example => (Standard(example.Features), example.IsSought))], n);
        List<(string, Func<double[], double>)> ways = [("all together", features => Standard(features).Zip(weights, (value, weight) => value * weight).Sum())];
        for (var feature = 0; feature < n; feature++)
        {
            var i = feature;

            // A stump on both sides: which values are more often sought, by the mean of their neighbours among the examples.
            var sought = examples.Where(example => example.IsSought).Select(example => example.Features[i]).DefaultIfEmpty(mean[i]).Average();
            var sign = sought >= mean[i] ? 1 : -1;
            ways.Add((names[i], features => sign * features[i]));
            ways.Add(($"{names[i]}, by its value", ByValue(examples, i)));
        }

        return ways;
    }

    private static Func<double[], double> ByValue(IReadOnlyList<(double[] Features, bool IsSought)> examples, int feature)
    {
        // Also what neither rises nor falls, such as a remainder: the share sought at each value that was seen, drawn towards the whole where few were.
        var whole = examples.Average(example => example.IsSought ? 1.0 : 0.0);
        var shares = examples.GroupBy(example => example.Features[feature]).ToDictionary(group => group.Key, group => (group.Count(example => example.IsSought) + (4 * whole)) / (group.Count() + 4));
        return features => shares.GetValueOrDefault(features[feature], whole);
    }

    private static double[] Regress((double[] Features, bool IsSought)[] examples, int n)
    {
        var weights = new double[n];
        var bias = 0.0;
        for (var step = 0; step < Steps; step++)
        {
            var gradient = new double[n];
            var gradientOfBias = 0.0;
            foreach (var (features, isSought) in examples)
            {
                var z = bias;
                for (var i = 0; i < n; i++) z += weights[i] * features[i];
                var error = (1 / (1 + Math.Exp(-z))) - (isSought ? 1 : 0);
                for (var i = 0; i < n; i++) gradient[i] += error * features[i];
                gradientOfBias += error;
            }

            for (var i = 0; i < n; i++) weights[i] -= Rate * ((gradient[i] / examples.Length) + (Shrinkage * weights[i]));
            bias -= Rate * gradientOfBias / examples.Length;
        }

        return weights;
    }

    /// <summary>The most hits in so many draws that chance gives with all but this probability.</summary>
    public static int MostByChance(int draws, double share, double probability)
    {
        // The binomial tail, summed from above.
        var tail = 0.0;
        for (var hits = draws; hits >= 0; hits--)
        {
            tail += Math.Exp(LogChoose(draws, hits) + (hits * Math.Log(share)) + ((draws - hits) * Math.Log(1 - share)));
            if (tail > probability) return hits;
        }

        return 0;
    }

    private static double LogChoose(int n, int k) => LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

    private static double LogFactorial(int n)
    {
        var sum = 0.0;
        for (var i = 2; i <= n; i++) sum += Math.Log(i);
        return sum;
    }
}
