using System.Globalization;
using System.Net;
using System.Text;

namespace Dispatch.LoadTests.Reports;

/// <summary>One page that needs nothing else: figures in a table, plots as SVG.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1040px;padding:0 1rem;color:#1c2128}
        table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}td,th{padding:.25rem .45rem;border-bottom:1px solid #d8dee4;text-align:right}
        td:first-child,th:first-child{text-align:left}td:not(:first-child){max-width:26rem}figure{margin:1.5rem 0}figcaption{font-weight:600;margin-bottom:.3rem}
        svg{background:#fbfcfd;border:1px solid #d8dee4;width:100%;height:auto}.grid{stroke:#e4e8ec}.axis{fill:#57606a;font-size:11px}.muted{color:#57606a}
        .mark{stroke:#8c959f;stroke-dasharray:3 3}.said{fill:#57606a;font-size:10px}.shown{font-size:17px;border-left:4px solid #0969da;padding-left:.8rem}.silent{border-color:#cf222e}
        """;

    /// <summary>Stands where a figure was not measured.</summary>
    public const string Blank = "–";

    public static string Make(Report report)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Append(Text(report.Scenario)).Append("</title><style>").Append(Style).Append("</style></head><body><h1>").Append(Text(report.Scenario)).Append("</h1><p class=\"shown").Append(report.Measurements.Any(m => m.Silent is not null) ? " silent" : "").Append("\">")
            .Append(Text(Sentence.Of(report))).Append("</p><p>").Append(Text(report.About)).Append("</p><p class=\"muted\">").Append(Text($"{report.At:yyyy-MM-dd HH:mm} UTC · {report.Machine} · {string.Join(" · ", report.Settings)}")).Append("</p>");
        foreach (var left in report.Left) page.Append("<p><b>Not measured:</b> ").Append(Text(left)).Append("</p>");
        Table(page, report);
        var medians = report.Subjects.Select(subject => report.Median(subject)!).ToArray();
        PeopleSections.Write(page, medians);

        // Marks of several subjects in one plot could not be told apart.
        var marks = medians.Length == 1 ? medians[0].Marks : [];
        if (medians.Any(m => m.Timeline.Select(second => second.People).Distinct().Skip(1).Any())) Plot(page, "People who are there", "seconds", [.. medians.Select(m => Line(m.Subject, m, second => second.People))], marks: marks);
        Plot(page, "Throughput, answers a second", "seconds", [.. medians.Select(m => Line(m.Subject, m, second => second.Cycles))], marks: marks);
        Plot(page, "Latency over time, p99 of each second in ms (submit to next)", "seconds", [.. medians.Select(m => Line(m.Subject, m, second => second.Cycles > 0 ? second.P99 : double.NaN))], logarithmic: true, marks);
        Plot(page, "Latency over time, median of each second in ms", "seconds", [.. medians.Select(m => Line(m.Subject, m, second => second.Cycles > 0 ? second.P50 : double.NaN))], logarithmic: true, marks);
        Plot(page, "Latency by percentile in ms: each step to the right is ten times rarer", "nines", [.. medians.Where(m => m.Latency.Count > 0).Select(m => new Series(m.Subject, Curve(m.Latency)))], logarithmic: true);
        var pushes = medians.Where(m => m.Push is not null).Select(m => new Series(m.Subject, Curve(m.Push!))).ToArray();
        if (pushes.Length > 0) Plot(page, "Put in to on the worker's side, by percentile in ms", "nines", pushes, logarithmic: true);
        foreach (var m in medians)
        {
            if (medians.Length > 1 && m.Marks.Count > 0) Plot(page, $"{m.Subject}: answers a second, and what happened", "seconds", [Line(m.Subject, m, second => second.Cycles)], marks: m.Marks);
            Plot(page, $"{m.Subject}: processor, cores by process", "seconds", [.. Keys(m, second => second.Cores).Select(name => Line(name, m, second => second.Cores.GetValueOrDefault(name)))], marks: m.Marks);
            Plot(page, $"{m.Subject}: resident memory, MiB by process", "seconds", [.. Keys(m, second => second.ResidentMiB).Select(name => Line(name, m, second => second.ResidentMiB.GetValueOrDefault(name)))]);
            if (m.Seconds > 60) Plot(page, $"{m.Subject}: open files and sockets by process", "seconds", [.. Keys(m, second => second.Handles).Select(name => Line(name, m, second => second.Handles.GetValueOrDefault(name)))]);
        }

        var committing = medians.Where(m => m.Timeline.Any(second => second.Commits is not null)).ToArray();
        if (committing.Length > 0) Plot(page, "Database commits a second", "seconds", [.. committing.Select(m => Line(m.Subject, m, second => second.Commits ?? 0))]);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Table(StringBuilder page, Report report)
    {
        page.Append("<table><tr><th>subject</th><th>round</th><th>answers/s</th><th>p50 ms</th><th>p99 ms</th><th>p99.9 ms</th><th>max ms</th><th>push p99 ms</th><th>CPU ms/answer</th><th>commits/answer</th><th>log bytes/answer</th><th>all back after s</th><th>failures</th></tr>");
        foreach (var m in report.Measurements)
        {
            string[] cells =
            [
                m.Subject, N(m.Round, "0"), N(m.PerSecond, "0"), L(m, m.Latency.P50), L(m, m.Latency.P99), L(m, m.Latency.P999), L(m, m.Latency.Max),
                m.Push is { } push ? N(push.P99, "0.0") : "", m.CpuMsPerCycle is { } cpu && m.Cycles > 0 ? N(cpu, "0.000") : Blank, m.CommitsPerCycle is { } commits ? N(commits, "0.000") : "", m.WalBytesPerCycle is { } bytes ? N(bytes, "0") : "", m.RecoveredSeconds is { } back ? N(back, "0.0") : "", N(m.Failures, "0"),
            ];
            page.Append("<tr>").AppendJoin("", cells.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>");
        }

        page.Append("</table>");
    }

    private static void Plot(StringBuilder page, string title, string across, IReadOnlyList<Series> series, bool logarithmic = false, IReadOnlyList<Mark>? marks = null) =>
        page.Append("<figure><figcaption>").Append(Text(title)).Append("</figcaption>").Append(SvgPlot.Make(across, series, logarithmic, marks)).Append("</figure>");

    private static Series Line(string name, Measurement measurement, Func<Second, double> value) => new(name, [.. measurement.Timeline.Select(second => (second.At, value(second)))]);

    private static (double, double)[] Curve(Percentiles percentiles) =>
        [.. percentiles.Curve.Where(point => point[0] < 100).Select(point => (-Math.Log10(1 - (point[0] / 100)), point[1]))];

    private static IEnumerable<string> Keys(Measurement measurement, Func<Second, IReadOnlyDictionary<string, double>> of) => measurement.Timeline.SelectMany(second => of(second).Keys).Distinct();

    private static string N(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    // Without an answer there is no latency.
    private static string L(Measurement m, double value) => m.Latency.Count > 0 ? N(value, "0.0") : Blank;

    internal static string Text(string text) => WebUtility.HtmlEncode(text);
}
