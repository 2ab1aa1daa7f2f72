using System.Globalization;
using System.Text;

namespace Dispatch.LoadTests.Reports;

/// <summary>The sections of the page about people: what they experienced, and what quality saw of them.</summary>
internal static class PeopleSections
{
    public static void Write(StringBuilder page, IReadOnlyList<Measurement> medians)
    {
        Section(page, "What people experienced", [.. medians.Where(m => m.Experience is not null)], Experienced);
        Section(page, "What quality saw", [.. medians.Where(m => m.Server is not null)], Seen);
    }

    private static void Section(StringBuilder page, string title, IReadOnlyList<Measurement> medians, Func<Measurement, IEnumerable<(string Name, string Value)>> rows)
    {
        if (medians.Count == 0) return;
        page.Append("<h2>").Append(title).Append("</h2><table><tr><th></th>").AppendJoin("", medians.Select(m => $"<th>{HtmlReport.Text(m.Subject)}</th>")).Append("</tr>");
        var columns = medians.Select(m => rows(m).ToArray()).ToArray();
        for (var row = 0; row < columns[0].Length; row++)
        {
            page.Append("<tr><td>").Append(HtmlReport.Text(columns[0][row].Name)).Append("</td>").AppendJoin("", columns.Select(column => $"<td>{HtmlReport.Text(column[row].Value)}</td>")).Append("</tr>");
        }

        page.Append("</table>");
    }

    private static IEnumerable<(string Name, string Value)> Experienced(Measurement m)
    {
        var seen = m.Experience!;
        yield return ("people who came", N(seen.Arrived));
        yield return ("of them given a task", N(seen.Served));
        yield return ("time to the first task, p50 / p95 ms", Pair(seen.FirstTask));
        yield return ("wait for the next task once answered, p50 / p95 ms", Pair(seen.NextTask));
        yield return ("idle share: time there without a task", Share(seen.IdleShare));
        yield return ("idle share by the server's ledger", m.Server is { } server ? $"{Share(Part(server.WaitingSeconds, server.HandlingSeconds))} of {N(server.People)} people's time" : HtmlReport.Blank);
        yield return ("offers that timed out", N(seen.Withdrawn.GetValueOrDefault("TimedOut")));
        yield return ("tasks taken off a screen, by how they ended", Counted(seen.Withdrawn));
        yield return ("refused calls, by code", Counted(seen.Refused));
        yield return ("calls that broke", Counted(seen.Broken));
        yield return ("connections lost", N(seen.Lost));
    }

    private static IEnumerable<(string Name, string Value)> Seen(Measurement m)
    {
        var server = m.Server!;
        yield return ("gold answered", N(server.GoldAnswers));
        yield return ("of it right", Share(server.GoldAccuracy));
        yield return ("people who answer without looking, and answered", N(server.Spammers));
        yield return ("of them found by a rule", N(server.SpammersFound));
        yield return ("found after, from their first answer (median)", server.FoundAfterSeconds is { } seconds ? N(seconds, "0.#") + " s" : HtmlReport.Blank);
        yield return ("answers they had given (median)", server.FoundAnswers is { } answers ? N(answers) : HtmlReport.Blank);
        yield return ("honest people a rule acted on", N(server.HonestHit));
        yield return ("actions of rules in force", Counted(server.Restrictions));
        yield return ("not read", server.NotRead.Count > 0 ? string.Join("; ", server.NotRead) : "none");
    }

    private static double? Part(double part, double rest) => part + rest > 0 ? part / (part + rest) : null;

    private static string Pair(Percentiles? of) => of is null ? HtmlReport.Blank : $"{N(of.P50, "0.0")} / {N(of.At(95), "0.0")}";

    private static string Share(double? share) => share is { } of ? N(of * 100, "0.0") + " %" : HtmlReport.Blank;

    private static string Counted(IReadOnlyDictionary<string, int> counts) => counts.Count == 0 ? "none" : Silence.Counted(counts);

    private static string N(double value, string format = "#,0") => value.ToString(format, CultureInfo.InvariantCulture);
}
