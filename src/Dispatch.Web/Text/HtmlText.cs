using System.Text;

namespace Dispatch.Web.Text;

/// <summary>HTML made of tags that the renderer knows and stretches of a text, which are escaped: the one way in which a text comes into a page.</summary>
/// <param name="source">The text.</param>
internal sealed class HtmlText(string source)
{
    private readonly StringBuilder _html = new(source.Length + (source.Length / 4));

    /// <summary>A tag of the renderer's own.</summary>
    /// <param name="tag">HTML.</param>
    public void Tag(string tag) => _html.Append(tag);

    /// <summary>A stretch of the text.</summary>
    /// <param name="start">Its first character.</param>
    /// <param name="end">Behind its last one.</param>
    public void Text(int start, int end)
    {
        for (var at = start; at < end;)
        {
            var next = source.AsSpan(at, end - at).IndexOfAny("&<>\"");
            if (next < 0) next = end - at;
            _html.Append(source, at, next);
            at += next;
            if (at == end) return;
            _html.Append(source[at++] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", _ => "&quot;" });
        }
    }

    /// <summary>A sign that is shown, but is no part of what is said.</summary>
    /// <param name="start">Its first character.</param>
    /// <param name="end">Behind its last one.</param>
    public void Sign(int start, int end)
    {
        if (start == end) return;
        Tag("<span class=\"md-sign\">");
        Text(start, end);
        Tag("</span>");
    }

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();
}
