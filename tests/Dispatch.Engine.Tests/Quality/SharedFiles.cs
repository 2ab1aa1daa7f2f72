using System.Globalization;
using System.Text.Json;
using Dispatch.Engine.Quality.Consensus;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality;

/// <summary>Real votes, and the figures that were computed from them elsewhere.</summary>
internal static class SharedFiles
{
    public static JsonElement Expected { get; } = JsonDocument.Parse(File.ReadAllText(PathOf("reference_expected.json"))).RootElement;

    public static string PathOf(string name) => Path.Combine(Repository.SharedData!, name);

    public static IEnumerable<string[]> Rows(string name) => File.ReadLines(PathOf(name)).Skip(1).Select(line => line.Split(','));

    public static (VoteSet Votes, int?[] Truth) Sentiment()
    {
        var rows = Rows("amt_sentiment_timed.csv").ToArray();
        var votes = VoteSet.Of(rows.Select(row => (row[0], row[1], row[2])));
        var gold = rows.DistinctBy(row => row[1]).ToDictionary(row => row[1], row => row[3]);
        return (votes, TruthOf(votes, gold));
    }

    public static (VoteSet Votes, int?[] Truth) Arguments()
    {
        var gold = Lines("ukpconvarg1_tasks.jsonl").ToDictionary(line => line.GetProperty("task_id").GetString()!, line => line.GetProperty("gold").GetString() ?? "");
        var votes = VoteSet.Of(Lines("ukpconvarg1_judgments.jsonl").Select(line => (line.GetProperty("worker").GetString()!, line.GetProperty("task_id").GetString()!, line.GetProperty("choice").GetString()!)));
        return (votes, TruthOf(votes, gold));
    }

    public static double Number(this JsonElement element, params string[] path) => path.Aggregate(element, (at, name) => at.GetProperty(name)).GetDouble();

    public static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<JsonElement> Lines(string name) => File.ReadLines(PathOf(name)).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);

    private static int?[] TruthOf(VoteSet votes, Dictionary<string, string> gold)
    {
        var labels = votes.Labels.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        return [.. votes.Tasks.Select(task => gold.TryGetValue(task, out var label) && labels.TryGetValue(label, out var index) ? index : (int?)null)];
    }
}
