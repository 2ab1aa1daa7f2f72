using System.Collections.Concurrent;
using System.Text.Json;

namespace Dispatch.LoadTests.People;

/// <summary>
/// Recorded judgments of real annotators: the n-th answer that is given to a task is its n-th recorded one, after the time that the person took.
/// A worker is never told which task a task is, so it is known again by its text.
/// </summary>
internal sealed class Recording
{
    public const string TasksFile = "ukpconvarg1_tasks.jsonl";
    private const string JudgmentsFile = "ukpconvarg1_judgments.jsonl";

    private readonly Dictionary<string, ConcurrentQueue<(string? Wanted, double Seconds)>> _byText = [];

    private sealed record Recorded(string A, string B, ConcurrentQueue<(string? Wanted, double Seconds)> Judgments)
    {
        public int Count { get; set; }
    }

    public string TasksPath { get; }

    /// <summary>Tasks with other than five judgments, and how many they have.</summary>
    public IReadOnlyDictionary<string, int> OtherOverlaps { get; }

    public int Judgments { get; }

    public int Workers { get; }

    private Recording(string folder)
    {
        TasksPath = Path.Combine(folder, TasksFile);
        Dictionary<string, Recorded> byId = [];
        foreach (var line in File.ReadLines(TasksPath))
        {
            using var task = JsonDocument.Parse(line);
            string Text(string name) => task.RootElement.GetProperty(name).GetString()!;
            var (a, b) = (Text("response_a"), Text("response_b"));
            var key = Key(Text("prompt"), a, b);

            // A few pairs are there twice; nobody who is shown one can tell which it is.
            if (!_byText.TryGetValue(key, out var queue)) _byText.Add(key, queue = new());
            byId.Add(Text("task_id"), new Recorded(a, b, queue));
        }

        HashSet<string> workers = [];
        foreach (var line in File.ReadLines(Path.Combine(folder, JudgmentsFile)))
        {
            using var judgment = JsonDocument.Parse(line);
            var root = judgment.RootElement;
            var task = byId[root.GetProperty("task_id").GetString()!];
            var wanted = root.GetProperty("choice").GetString() switch { "a" => task.A, "b" => task.B, _ => null };
            task.Judgments.Enqueue((wanted, root.GetProperty("seconds_per_pair").GetDouble()));
            task.Count++;
            workers.Add(root.GetProperty("worker").GetString()!);
            Judgments++;
        }

        Workers = workers.Count;
        OtherOverlaps = byId.Where(task => task.Value.Count != 5).ToDictionary(task => task.Key, task => task.Value.Count);
    }

    /// <summary>Reads it, or says where it should be.</summary>
    public static Recording Read() => new(Repository.SharedData ?? throw new ArgumentException("The folder of real data is absent: set DISPATCH_SHARED_DATA to it."));

    /// <summary>The next recorded judgment of the task that is shown; null when all have been given.</summary>
    public (Judgment Judgment, TimeSpan Handling)? Next(string content)
    {
        using var shown = JsonDocument.Parse(content);
        var prompt = shown.RootElement.GetProperty("prompt")[0].GetProperty("text").GetString()!;
        var responses = shown.RootElement.GetProperty("responses").EnumerateArray()
            .Select(response => (Key: response.GetProperty("key").GetString()!, Text: response.GetProperty("text").GetString()!)).ToArray();
        if (!_byText.TryGetValue(Key(prompt, responses[0].Text, responses[1].Text), out var judgments) || !judgments.TryDequeue(out var next)) return null;
        var choice = next.Wanted is null ? "tie" : responses.First(response => response.Text == next.Wanted).Key;
        return (new Judgment(choice), TimeSpan.FromSeconds(next.Seconds));
    }

    // Responses come in the order of the assignment.
    private static string Key(string prompt, string one, string other) =>
        string.CompareOrdinal(one, other) <= 0 ? $"{prompt}\n{one}\n{other}" : $"{prompt}\n{other}\n{one}";
}
