using System.Net;
using System.Text;
using Dispatch.QualityReport.Bars;

namespace Dispatch.QualityReport.Html;

/// <summary>The report as one file that needs nothing else.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}table{border-collapse:collapse;margin:.8rem 0}
        td,th{border-bottom:1px solid #d5dde5;padding:.25rem .7rem;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}
        figure{margin:1rem 0}svg{width:100%;height:auto}.grid{stroke:#e6ebf0}figcaption{color:#4a5866;font-size:.9rem}
        .key{margin-left:.8rem;white-space:nowrap}.key i{display:inline-block;width:.8em;height:.8em;margin-right:.3em;border-radius:2px}
        .ok{color:#1a7f4b;font-weight:600}.short{color:#b3261e;font-weight:600}
        """;

    public static string Of(Measured measured)
    {
        var page = new StringBuilder($"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>Dispatch: quality report</title><style>{Style}</style></head><body>");
        page.Append("<h1>Quality of workers and answers, on real data</h1>");
        page.Append(FormattableString.Invariant($"<p>{measured.Judgments.All.Count} real answers of {measured.Judgments.Workers} people to {measured.Judgments.Tasks} tasks, with the seconds each took, replayed in virtual time through the engine's own code: {measured.Seeds} seeds, a tenth of the tasks as gold. Everybody begins at a drawn moment of an eight-hour day and works through their answers in a drawn order.</p>"));
        Bars(page, measured);
        Sections.Top(page, measured);
        Sections.Workers(page, measured);
        Sections.Overlap(page, measured);
        Sections.Calibrated(page, measured);
        Sections.Alarms(page, measured);
        Sections.Handling(page, measured);
        return page.Append("</body></html>\n").ToString();
    }

    public static void Table(StringBuilder page, string[] heads, IEnumerable<string[]> rows)
    {
        page.Append("<table><tr>");
        foreach (var head in heads) page.Append("<th>").Append(WebUtility.HtmlEncode(head)).Append("</th>");
        page.Append("</tr>");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            for (var i = 0; i < row.Length; i++) page.Append(i == 0 ? "<td>" : "<td class='n'>").Append(WebUtility.HtmlEncode(row[i])).Append("</td>");
            page.Append("</tr>");
        }

        page.Append("</table>");
    }

    private static void Bars(StringBuilder page, Measured measured)
    {
        page.Append("<table><tr><th></th><th>bar</th><th>measured</th><th>needed</th></tr>");
        foreach (var bar in QualityBars.Of(measured))
            page.Append($"<tr><td class='{(bar.Met ? "ok" : "short")}'>{(bar.Met ? "ok" : "SHORT")}</td><td>{WebUtility.HtmlEncode(bar.Name)}</td><td>{WebUtility.HtmlEncode(bar.Measured)}</td><td>{WebUtility.HtmlEncode(bar.Needed)}</td></tr>");
        page.Append("</table>");
    }
}
