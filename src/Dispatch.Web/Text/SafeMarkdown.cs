using Dispatch.Contracts.Texts;
using Microsoft.AspNetCore.Components;

namespace Dispatch.Web.Text;

/// <summary>
/// Texts of producers and workers as HTML. Two promises: a page that shows other people's texts neither runs nor fetches what is in them, and what is shown is what was
/// written. Every character of the text is on the page, in its order, save pairs of signs whose meaning is certain (<c>**bold**</c>, the pipes of a table); signs that begin
/// a line (#, &gt;, -, 1., fences, rules) are shown, in grey. Where the two readings of a sign differ, it is text: people judge code and maths here.
/// No library for Markdown is used: those decode, drop and renumber what they read (escapes, entities, definitions of links, numbers of lists), and take quadratic time or
/// end in an exception for some texts. This reads line by line, in time that grows with the length alone, and nests no deeper than a list in a quote.
/// </summary>
public static class SafeMarkdown
{
    private const int PieceCharacters = 4_000;

    /// <summary>The text with its markup; as <see cref="Plain"/> shows it where <see cref="PlainText"/> says so.</summary>
    /// <param name="text">Any text.</param>
    public static MarkupString Render(string text)
    {
        if (PlainText.Why(text) != PlainTextReason.None) return Plain(text);
        var page = new HtmlText(text);
        new BlockReader(text, page).Read();
        return new MarkupString(page.ToString());
    }

    /// <summary>The text as it is. A long one is cut into pieces at ends of lines, of which a browser lays out those that are seen.</summary>
    /// <param name="text">Any text.</param>
    public static MarkupString Plain(string text)
    {
        var page = new HtmlText(text);
        page.Tag("<div class=\"md-plain\">");
        for (var start = 0; start < text.Length;)
        {
            var end = start + PieceCharacters < text.Length ? text.IndexOf('\n', start + PieceCharacters) : -1;
            end = end < 0 ? text.Length : end + 1;
            page.Tag("<div class=\"md-piece\" dir=\"auto\">");
            page.Text(start, end);
            page.Tag("</div>");
            start = end;
        }

        page.Tag("</div>");
        return new MarkupString(page.ToString());
    }
}
