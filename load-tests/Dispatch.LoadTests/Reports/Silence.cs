using System.Globalization;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Reports;

/// <summary>Why nobody answered in a measurement: such a run showed nothing, and must not look like a quiet success.</summary>
internal static class Silence
{
    /// <summary>One clause that says why; null when somebody answered.</summary>
    /// <param name="seen">What people went through.</param>
    /// <param name="scenario">What was measured, with the length it had.</param>
    /// <param name="open">What the subject says about open work; null when it does not.</param>
    public static string? Why(Experience seen, Scenario scenario, string? open)
    {
        if (seen.Answers > 0) return null;
        var counts = CultureInfo.InvariantCulture;
        if (seen.Arrived == 0)
        {
            return scenario.People.DaySeconds > 0
                ? string.Create(counts, $"nobody had arrived: people come over a day of {scenario.People.DaySeconds:0.#} s (people.day-seconds), and the measurement took {scenario.Seconds:0.#} s")
                : string.Create(counts, $"nobody had arrived within the {scenario.Seconds:0.#} s of the measurement");
        }

        if (seen.Refused.Count > 0) return $"every answer was refused: {Counted(seen.Refused)}";
        if (seen.Served == 0 && seen.Broken.Count > 0) return $"no call came through: {Counted(seen.Broken)}";
        if (seen.Served == 0) return $"nothing was open: {seen.Arrived} people waited and none was given a task{(open is null ? "" : $" ({open})")}";
        if (seen.Broken.Count > 0) return $"{seen.Served} people had a task and no answer came through: {Counted(seen.Broken)}";
        return string.Create(
            counts,
            $"{seen.Served} people had a task and none was done with it within the {scenario.Seconds:0.#} s of the measurement: measure longer, or raise the rate or people.speed");
    }

    /// <summary>Counts by what was counted, the most frequent first: "busy 12, not_enrolled 3".</summary>
    public static string Counted(IReadOnlyDictionary<string, int> counts) => string.Join(", ", counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));
}
