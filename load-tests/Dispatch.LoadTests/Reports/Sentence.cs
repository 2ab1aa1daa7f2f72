using System.Globalization;

namespace Dispatch.LoadTests.Reports;

/// <summary>What a run showed, in one plain sentence: the first thing a reader of the report reads.</summary>
internal static class Sentence
{
    public static string Of(Report report)
    {
        if (report.Measurements.Count == 0) return "Nothing was measured.";
        var medians = report.Subjects.Select(subject => report.Median(subject)!).ToArray();
        var echo = report.Median("echo");
        return string.Join("; ", medians.Select(m => Clause(m, ReferenceEquals(m, echo) ? null : echo))) + ".";
    }

    private static string Clause(Measurement m, Measurement? echo)
    {
        if (m.Silent is { } why) return $"Nobody answered on {m.Subject}: {why}";
        var seen = m.Experience;
        var answers = seen?.Answers ?? m.Cycles;
        var people = seen is null ? "" : $" by {N(seen.Arrived)} people";
        var against = echo is { PerSecond: > 0 } ? $" ({N(m.PerSecond / echo.PerSecond, "0.00")} of echo)" : "";
        var pace = m.Latency.Count > 0 ? $", half of them done within {N(m.Latency.P50, "0.#")} ms and 99 of 100 within {N(m.Latency.P99, "0.#")} ms" : "";
        var push = m.Push is { } p ? $", new tasks on a screen within {N(p.P50, "0.#")} ms half the time" : "";
        var back = m.RecoveredSeconds is { } seconds ? $", everybody back {N(seconds, "0.#")} s after the break" : "";
        var refused = seen?.Refused.Values.Sum() is > 0 and var n ? $", {N(n)} calls refused" : "";
        var failed = m.Failures > 0 ? $", {N(m.Failures)} failed" : ", none failed";
        return $"{m.Subject} took {N(answers)} answers{people} in {N(m.Seconds, "0.#")} s, {N(m.PerSecond, m.PerSecond < 10 ? "0.#" : "#,0")} a second{against}{pace}{push}{back}{refused}{failed}";
    }

    private static string N(double value, string format = "#,0") => value.ToString(format, CultureInfo.InvariantCulture);
}
