namespace Dispatch.Web.Text;

/// <summary>Tables: a line of cells, a line of hyphens for each, and more lines of cells. Rows keep cells that the head has no name for. In a quote the lines stay as they are: its signs have no place in a table.</summary>
/// <param name="source">The text.</param>
/// <param name="page">Where it goes.</param>
/// <param name="inline">Writes what is in a cell.</param>
internal sealed class TableReader(string source, HtmlText page, InlineReader inline)
{
    /// <summary>Whether a table begins at a line.</summary>
    /// <param name="lines">All lines.</param>
    /// <param name="at">The line.</param>
    /// <param name="end">Behind the last one.</param>
    public static bool Begins(List<Line> lines, int at, int end) =>
        at + 1 < end && lines[at].Level == 0 && lines[at + 1].Level == 0 && lines[at].Text.Contains('|') && IsRule(lines[at + 1]) && Cells(lines[at]).Count == Cells(lines[at + 1]).Count;

    /// <summary>Writes the table that begins at a line; the line behind it, or the same line when none begins.</summary>
    /// <param name="lines">All lines.</param>
    /// <param name="at">The line.</param>
    /// <param name="end">Behind the last one.</param>
    public int Read(List<Line> lines, int at, int end)
    {
        if (!Begins(lines, at, end)) return at;
        List<string> sides = [.. Cells(lines[at + 1]).Select(cell => Side(source.AsSpan(cell.Start, cell.End - cell.Start)))];
        page.Tag("<div class=\"md-table\"><table><thead>");
        Row(lines[at], "th", sides);
        page.Tag("</thead><tbody>");
        var next = at + 2;
        for (; next < end && !lines[next].IsBlank && lines[next].Level == 0 && lines[next].Text.Contains('|'); next++) Row(lines[next], "td", sides);
        page.Tag("</tbody></table></div>");
        return next;
    }

    private void Row(Line line, string tag, List<string> sides)
    {
        page.Tag("<tr>");
        var cells = Cells(line);
        for (var i = 0; i < cells.Count; i++)
        {
            page.Tag($"<{tag} dir=\"auto\"{(i < sides.Count ? sides[i] : "")}>");
            inline.Write(cells[i].Start, cells[i].End);
            page.Tag($"</{tag}>");
        }

        page.Tag("</tr>");
    }

    private static string Side(ReadOnlySpan<char> rule) => (rule[0], rule[^1]) switch
    {
        (':', ':') => " class=\"md-center\"",
        (_, ':') => " class=\"md-end\"",
        _ => "",
    };

    private static bool IsRule(Line line)
    {
        if (!line.Text.Contains('|') || line.Text.IndexOfAnyExcept("|-: \t") >= 0) return false;
        foreach (var (start, end) in Cells(line))
        {
            var hyphens = line.Source.AsSpan(start, end - start);
            if (hyphens.StartsWith(":")) hyphens = hyphens[1..];
            if (hyphens.EndsWith(":")) hyphens = hyphens[..^1];
            if (hyphens.IsEmpty || hyphens.IndexOfAnyExcept('-') >= 0) return false;
        }

        return true;
    }

    /// <summary>The cells of a line, without the blanks around them. A pipe in code, in maths or behind a backslash parts nothing.</summary>
    private static List<(int Start, int End)> Cells(Line line)
    {
        var source = line.Source;
        var (start, end) = (line.Start + line.Blanks, line.End);
        while (end > start && source[end - 1] is ' ' or '\t') end--;
        if (start < end && source[start] == '|') start++;
        var verbatim = new Verbatim(source, end);
        List<(int, int)> cells = [];
        var from = start;
        for (var at = start; at < end; at++)
        {
            switch (source[at])
            {
                case '`' when verbatim.Code(at) is (> 0 and var ticks, var close):
                    at = close + ticks - 1;
                    break;
                case '$' or '\\' when verbatim.Maths(at) is > 0 and var maths:
                    at = maths - 1;
                    break;
                case '\\':
                    at++;
                    break;
                case '|':
                    cells.Add(Trimmed(source, from, at));
                    from = at + 1;
                    break;
            }
        }

        if (from < end) cells.Add(Trimmed(source, from, end));
        return cells;
    }

    private static (int Start, int End) Trimmed(string source, int start, int end)
    {
        while (start < end && source[start] is ' ' or '\t') start++;
        while (end > start && source[end - 1] is ' ' or '\t') end--;
        return (start, end);
    }
}
