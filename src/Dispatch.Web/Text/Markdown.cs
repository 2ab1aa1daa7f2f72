using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Dispatch.Web.Text;

/// <summary>
/// Producers' text as HTML. Raw HTML is escaped, links go only to web and mail addresses, and images become links: a page that
/// renders other people's prompts must neither run nor fetch what is in them.
/// </summary>
public static class SafeMarkdown
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseSoftlineBreakAsHardlineBreak().Build();
    private static readonly string[] Schemes = [Uri.UriSchemeHttp, Uri.UriSchemeHttps, Uri.UriSchemeMailto];

    /// <summary>Renders.</summary>
    /// <param name="text">Markdown.</param>
    public static MarkupString Render(string text)
    {
        var document = Markdown.Parse(text, Pipeline);
        foreach (var link in document.Descendants<LinkInline>())
        {
            link.IsImage = false;
            link.Url = Safe(link.GetDynamicUrl?.Invoke() ?? link.Url);
            link.GetDynamicUrl = null;
            OpenApart(link);
        }

        foreach (var link in document.Descendants<AutolinkInline>())
        {
            if (!link.IsEmail) link.Url = Safe(link.Url);
            OpenApart(link);
        }

        return new MarkupString(document.ToHtml(Pipeline));
    }

    private static void OpenApart(Inline link)
    {
        link.GetAttributes().AddProperty("rel", "noopener noreferrer nofollow");
        link.GetAttributes().AddProperty("target", "_blank");
    }

    private static string Safe(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme) ? uri.AbsoluteUri : "#";
}
