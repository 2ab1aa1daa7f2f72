using AngleSharp.Html.Parser;
using Dispatch.Contracts.Texts;
using Dispatch.TestKit;
using Dispatch.Web.Text;

namespace Dispatch.Web.Tests;

/// <summary>Random texts: whatever is written, all of it is on the page in its order, save signs that may be taken away.</summary>
public sealed class RandomTextTests
{
    private const int Texts = 20_000;

    [Fact]
    public void Render_ShowsEveryCharacterInItsOrder_SaveSignsOfMarkup() => TestSeeds.Run(seed =>
    {
        var shapes = new TextShapes(seed);
        var parser = new HtmlParser();
        for (var i = 0; i < Texts; i++)
        {
            var text = shapes.Next();
            var body = parser.ParseDocument($"<body><div>{SafeMarkdown.Render(text).Value}</div><p></p></body>").Body!;
            body.Children.Length.ShouldBe(2, $"text {i}: {text}");
            foreach (var added in body.QuerySelectorAll(".md-added")) added.Remove();
            var shown = body.TextContent;
            if (PlainText.Why(text) != PlainTextReason.None) shown.Trim('\n').ShouldBe(text.Replace("\r\n", "\n", StringComparison.Ordinal).Trim('\n'), $"text {i}");
            ShownText.Lost(text, shown).ShouldBeEmpty($"text {i}: {text}\n---\n{shown}");
        }
    });
}
