using System.Text;
using Dispatch.Contracts.Texts;
using Dispatch.Web.Text;

namespace Dispatch.Web.Tests;

/// <summary>What no page should try to lay out is shown as it is, and everything else is laid out without an exception.</summary>
public sealed class PlainTextTests
{
    public static TheoryData<string, PlainTextReason> Poisons => new()
    {
        { new string('[', 128), PlainTextReason.DeepBrackets },
        { Repeat("[1, ", 128), PlainTextReason.DeepBrackets },
        { Repeat("> ", 128) + "x", PlainTextReason.DeepLevels },
        { new string('>', 128) + "x", PlainTextReason.DeepLevels },
        { Repeat("- ", 64) + "x", PlainTextReason.DeepLevels },
        { Repeat("+ ", 64) + "x", PlainTextReason.DeepLevels },
        { Repeat("* ", 64) + "x", PlainTextReason.DeepLevels },
        { Repeat("1. ", 64) + "x", PlainTextReason.DeepLevels },
        { Nested(64, ""), PlainTextReason.DeepLevels },
        { Nested(64, "> "), PlainTextReason.DeepLevels },
        { Repeat("![](", 12_000), PlainTextReason.ManySigns },
        { Repeat("[a](b", 12_000), PlainTextReason.ManySigns },
        { Repeat("*a_", 9_000), PlainTextReason.ManySigns },
        { Repeat("a\n", 5_000), PlainTextReason.ManyLines },
        { new string('a', 70_000), PlainTextReason.TooLong },
        { Repeat("[\n", 128), PlainTextReason.None },
        { Nested(8, ""), PlainTextReason.None },
        { Repeat("> ", 8) + "x", PlainTextReason.None },
        { "a > b, [0, 1), [1, 2), -1 - 2", PlainTextReason.None },
        { "", PlainTextReason.None },
    };

    [Theory]
    [MemberData(nameof(Poisons))]
    public void Why_NamesWhatIsTooMuch(string text, PlainTextReason reason)
    {
        PlainText.Why(text).ShouldBe(reason);
        if (reason != PlainTextReason.None) SafeMarkdown.Render(text).ShouldBe(SafeMarkdown.Plain(text));
        VerbatimTests.Page(text).TextContent.Length.ShouldBeGreaterThanOrEqualTo(text.Count(char.IsLetterOrDigit));
    }

    /// <summary>The densest texts that are laid out make few elements for each of their characters: that bounds the page's time, whatever the text.</summary>
    [Theory]
    [InlineData("*a* ")]
    [InlineData("`a` ")]
    [InlineData("[a](b ")]
    [InlineData("![](")]
    [InlineData("[`a](")]
    [InlineData("$a ")]
    [InlineData("\\( ")]
    [InlineData("http:// ")]
    [InlineData("http://")]
    [InlineData("<a@b.c ")]
    [InlineData("|a")]
    [InlineData("- a\n")]
    [InlineData("|a|b|\n|-|-|\n")]
    [InlineData("$$\n")]
    [InlineData("\\[\n")]
    [InlineData("```\n")]
    [InlineData("> a\n")]
    [InlineData("*a **b ~~c ")]
    [InlineData("` `` ``` ```` ")]
    [InlineData("[a](http://b \"")]
    [InlineData("((((")]
    [InlineData("---\n")]
    public void Repetition_IsLaidOutInProportion(string part)
    {
        var most = Enumerable.Range(1, 80_000 / part.Length).TakeWhile(count => count % 500 != 0 || PlainText.Why(Repeat(part, count)) == PlainTextReason.None).Last();
        var html = SafeMarkdown.Render(Repeat(part, most)).Value;
        html.Length.ShouldBeLessThan(PlainText.SignsMax * 200);
    }

    private static string Repeat(string part, int count) => new StringBuilder().Insert(0, part, count).ToString();

    private static string Nested(int depth, string before) => string.Concat(Enumerable.Range(0, depth).Select(level => $"{before}{new string(' ', level * 2)}- a\n"));
}
