using System.Globalization;
using System.Text.Json;

namespace Dispatch.Cluster.Tests.History;

/// <summary>What a fault cost the people at work, from their own journal. Times are in milliseconds.</summary>
public sealed record Figures
{
    /// <summary>Somebody whose answers paused for longer than this was affected.</summary>
    public const double AffectedMs = 2_000;

    /// <summary>How far back before the fault is looked for <see cref="BeforeP99Ms"/>.</summary>
    private const double BeforeMs = 10_000;

    private static readonly Lock Writing = new();

    public required string Name { get; init; }
    public required double LastedMs { get; init; }

    /// <summary>The longest pause between two acknowledged answers of one person.</summary>
    public required double LongestPauseMs { get; init; }

    /// <summary>The longest that one person had no task, between an acknowledged answer and the next task in hand.</summary>
    public required double LongestWithoutTaskMs { get; init; }

    /// <summary>The longest that one answer waited for its acknowledgement, and its person with it: they still have it in hand, but can do nothing.</summary>
    public required double LongestAnswerMs { get; init; }

    public required int Affected { get; init; }
    public required int People { get; init; }

    /// <summary>p99 of the submits of those who were not affected; null when everybody was.</summary>
    public required double? OthersP99Ms { get; init; }

    /// <summary>p99 of everybody's submits in the ten seconds before the fault; null when there were none.</summary>
    public required double? BeforeP99Ms { get; init; }

    /// <summary>Submits that were refused for good, but for those of a task that the same person answered in another tab.</summary>
    public required int Failed { get; init; }

    /// <summary>What those were told, each code once.</summary>
    public required IReadOnlyList<string> FailedCodes { get; init; }

    /// <summary>Figures of a fault that struck, was healed, and was over for everybody at the end.</summary>
    public static Figures Of(string name, IReadOnlyCollection<SubmitEntry> journal, double struck, double healed, double until)
    {
        var pauses = journal
            .Where(entry => entry is { Outcome: Outcome.Ok, EndedAt: not null })
            .GroupBy(entry => entry.WorkerId)
            .ToDictionary(group => group.Key, group => LongestPause([.. group.Select(entry => entry.EndedAt!.Value).Order()], struck, until));
        var during = journal.Where(entry => entry.InvokedAt >= struck && entry.InvokedAt <= until).ToList();
        var answered = journal.Where(entry => entry.Outcome == Outcome.Ok).Select(entry => (entry.WorkerId, entry.AssignmentId)).ToHashSet();
        var failed = during.Where(entry => entry.Outcome == Outcome.Fail && !answered.Contains((entry.WorkerId, entry.AssignmentId))).ToArray();
        return new Figures
        {
            Name = name,
            LastedMs = healed - struck,
            LongestPauseMs = pauses.Values.DefaultIfEmpty().Max(),
            LongestWithoutTaskMs = journal.GroupBy(entry => entry.WorkerId).Select(group => LongestWithoutTask([.. group.OrderBy(entry => entry.InvokedAt)], struck, until)).DefaultIfEmpty().Max(),
            LongestAnswerMs = during.Where(entry => entry is { Outcome: Outcome.Ok, EndedAt: not null }).Select(entry => entry.EndedAt!.Value - entry.InvokedAt).DefaultIfEmpty().Max(),
            Affected = pauses.Values.Count(pause => pause >= AffectedMs),
            People = pauses.Count,
            OthersP99Ms = P99(during.Where(entry => pauses.GetValueOrDefault(entry.WorkerId, AffectedMs) < AffectedMs)),
            BeforeP99Ms = P99(journal.Where(entry => entry.EndedAt < struck && entry.InvokedAt >= struck - BeforeMs)),
            Failed = failed.Length,
            FailedCodes = [.. failed.Select(entry => entry.Code ?? "none").Distinct().Order()],
        };
    }

    /// <summary>Adds a line to the file of DISPATCH_TEST_REPORT, where bars.sh reads it.</summary>
    public static void Report(object figures)
    {
        if (Environment.GetEnvironmentVariable("DISPATCH_TEST_REPORT") is not { Length: > 0 } path) return;
        lock (Writing) File.AppendAllText(path, JsonSerializer.Serialize(figures, figures.GetType()) + "\n");
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: lasted {LastedMs / 1000:0.0} s, longest pause {LongestPauseMs / 1000:0.0} s, longest without a task {LongestWithoutTaskMs / 1000:0.0} s, longest answer {LongestAnswerMs / 1000:0.0} s, {Affected} of {People} affected, p99 of the others {Text(OthersP99Ms)}, of everybody before {Text(BeforeP99Ms)}, {Failed} refused{string.Concat(FailedCodes.Select(code => $" {code}"))}");

    private static string Text(double? ms) => ms is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value:0} ms") : "none";

    private static double? P99(IEnumerable<SubmitEntry> submits)
    {
        var sorted = submits.Where(entry => entry is { Outcome: Outcome.Ok, EndedAt: not null }).Select(entry => entry.EndedAt!.Value - entry.InvokedAt).Order().ToArray();
        return sorted.Length == 0 ? null : sorted[(int)(sorted.Length * 0.99)];
    }

    private static double LongestWithoutTask(SubmitEntry[] entries, double from, double until)
    {
        var (longest, done) = (0.0, (double?)null);
        foreach (var entry in entries)
        {
            if (done is { } since && entry.GotAt is { } got && got >= from && since <= until) longest = Math.Max(longest, got - since);
            if (entry.Outcome == Outcome.Ok) done = entry.EndedAt;
        }

        return longest;
    }

    private static double LongestPause(double[] times, double from, double until)
    {
        var longest = 0.0;
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] >= from && times[i - 1] <= until) longest = Math.Max(longest, times[i] - Math.Max(times[i - 1], from));
        }

        return longest;
    }
}
