using System.Net;
using System.Text;
using Dispatch.Bars;

namespace Dispatch.BoardReport.Output;

/// <summary>A table of the report.</summary>
internal sealed record Table(string Title, string Note, string[] Columns, IReadOnlyList<string[]> Rows);

/// <summary>One page with everything in it: no script, nothing fetched.</summary>
internal static class HtmlReport
{
    public static string Make(IReadOnlyList<Bar> bars, IReadOnlyList<Table> tables)
    {
        StringBuilder html = new();
        html.Append("""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>Leaderboard and gates</title><style>
            body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2430;background:#fff}
            h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2rem 0 .3rem}p{margin:.3rem 0 .8rem;color:#4a5568;max-width:55rem}
            table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .7rem;border-bottom:1px solid #e2e8f0}
            td:not(:first-child),th:not(:first-child){text-align:right;font-variant-numeric:tabular-nums}
            .ok{color:#1a7f4b;font-weight:600}.SHORT{color:#b42318;font-weight:600}
            @media(prefers-color-scheme:dark){body{background:#10151d;color:#e6ebf2}p{color:#a3b0c2}th,td{border-color:#2a3444}}
            </style></head><body><h1>Leaderboard and gates</h1>
            """);
        Append(html, new(
            "Bars", "Speed is measured on the machine that made this page, in one run; ratios side by side.", ["", "measured", "needed", ""],
            [.. bars.Select(bar => new[] { bar.Name, bar.Measured, bar.Needed, bar.Met ? "ok" : "SHORT" })]));
        foreach (var table in tables) Append(html, table);
        return html.Append("</body></html>\n").ToString();
    }

    private static void Append(StringBuilder html, Table table)
    {
        html.Append("<section><h2>").Append(Escape(table.Title)).Append("</h2><p>").Append(Escape(table.Note)).Append("</p><table><thead><tr>");
        foreach (var column in table.Columns) html.Append("<th>").Append(Escape(column)).Append("</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            html.Append("<tr>");
            foreach (var cell in row) html.Append(cell is "ok" or "SHORT" ? $"<td class=\"{cell}\">" : "<td>").Append(Escape(cell)).Append("</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table></section>\n");
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
