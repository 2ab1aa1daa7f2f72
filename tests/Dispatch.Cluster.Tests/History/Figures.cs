using System.Globalization;

namespace Dispatch.Cluster.Tests.History;

/// <summary>What a fault cost the people at work, from their own journal.</summary>
public static class Figures
{
    /// <summary>Somebody whose answers paused for longer than this was affected.</summary>
    private const double AffectedMs = 2_000;

    /// <summary>One line: the longest pause between two acknowledged answers of one person around the fault, how many were affected, and the p99 of the others' submits.</summary>
    public static string Row(string name, IReadOnlyCollection<SubmitEntry> journal, double struck, double healed, double until)
    {
        var pauses = journal
            .Where(entry => entry is { Outcome: Outcome.Ok, EndedAt: not null })
            .GroupBy(entry => entry.WorkerId)
            .ToDictionary(group => group.Key, group => LongestPause([.. group.Select(entry => entry.EndedAt!.Value).Order()], struck, until));
        var others = journal
            .Where(entry => entry is { Outcome: Outcome.Ok, EndedAt: not null } && entry.InvokedAt >= struck && entry.InvokedAt <= until && pauses[entry.WorkerId] < AffectedMs)
            .Select(entry => entry.EndedAt!.Value - entry.InvokedAt)
            .Order()
            .ToArray();
        var p99 = others.Length == 0 ? "none unaffected" : string.Create(CultureInfo.InvariantCulture, $"p99 of the others {others[(int)(others.Length * 0.99)]:0} ms");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: fault lasted {(healed - struck) / 1000:0.0} s, longest pause {pauses.Values.DefaultIfEmpty().Max() / 1000:0.0} s, {pauses.Values.Count(pause => pause >= AffectedMs)} of {pauses.Count} affected, {p99}");
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
