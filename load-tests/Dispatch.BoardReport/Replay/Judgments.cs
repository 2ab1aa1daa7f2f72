using System.Globalization;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;

namespace Dispatch.BoardReport.Replay;

/// <summary>Real judgments with known answers and times, each taken as evidence.</summary>
internal static class Judgments
{
    public const string FileName = "amt_sentiment_timed.csv";

    /// <summary>The shared data lies beside the repository, or is named in the environment; null when it is not there.</summary>
    public static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("DISPATCH_SHARED_DATA");
        if (!string.IsNullOrEmpty(named)) return Existing(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Dispatch.sln"))) return Existing(Path.Combine(folder.FullName, "..", "shared", "data"));
        }

        return null;

        static string? Existing(string folder) => File.Exists(Path.Combine(folder, FileName)) ? Path.Combine(folder, FileName) : null;
    }

    public static IReadOnlyList<(int Worker, bool Right, double Seconds)> Read(string path) =>
        [.. File.ReadLines(path).Skip(1).Select(line => line.Split(',')).Select(cells => (
            int.Parse(cells[0].AsSpan(1), CultureInfo.InvariantCulture),
            cells[2] == cells[3],
            double.Parse(cells[4], CultureInfo.InvariantCulture)))];

    /// <summary>The judgments as evaluations, in an order of their own for every seed; as they stand in the file without one.</summary>
    public static IReadOnlyList<BacktestRow> Rows(IReadOnlyList<(int Worker, bool Right, double Seconds)> judgments, int? seed)
    {
        var order = judgments.ToArray();
        if (seed is { } given) new Random(given).Shuffle(order);
        Dictionary<int, long> sequences = [];
        return
        [
            .. order.Select((judgment, i) =>
            {
                var sequence = sequences[judgment.Worker] = sequences.GetValueOrDefault(judgment.Worker) + 1;
                return new BacktestRow(new Guid(judgment.Worker, 0, 0, new byte[8]), sequence, EvidenceKind.Gold, judgment.Right ? 1 : 0, 1, DateTimeOffset.UnixEpoch.AddSeconds(i * 10), judgment.Seconds);
            }),
        ];
    }

    /// <summary>Workers whose true accuracy is the bar itself.</summary>
    public static IReadOnlyList<BacktestRow> OnTheBar(double accuracy, int workers, int answers, int seed)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, answers).SelectMany(i => Enumerable.Range(0, workers).Select(worker =>
                new BacktestRow(new Guid(worker, 0, 0, new byte[8]), i + 1, EvidenceKind.Gold, random.NextDouble() < accuracy ? 1 : 0, 1, DateTimeOffset.UnixEpoch.AddSeconds(i * 10)))),
        ];
    }
}
