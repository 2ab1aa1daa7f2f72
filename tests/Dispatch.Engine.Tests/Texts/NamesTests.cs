using Dispatch.Engine.Texts;

namespace Dispatch.Engine.Tests.Texts;

/// <summary>What may be a name, its one spelling, and which names are taken for the same.</summary>
public sealed class NamesTests
{
    /// <summary>The right values are those of the Unicode Character Database, worked out by another implementation.</summary>
    [Theory]
    [InlineData("\u0065\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\u0061\u0315\u0300\u05AE\u0062", "\u00E0\u05AE\u0315\u0062")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u2126", "\u03A9")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\u006F\u0302\u0301", "\u1ED1")]
    [InlineData("\u0073\u0323\u0307", "\u1E69")]
    [InlineData("\u1112\u1175\u11AB\u1100\u116E\u11A8\u110B\u1165", "\uD78C\uAD6D\uC5B4")]
    [InlineData("\u0B47\u0B3E", "\u0B4B")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0915\u093C", "\u0915\u093C")]
    [InlineData("\u0061\u0327\u0301", "\u00E1\u0327")]
    [InlineData("\u03B1\u0345\u0301", "\u1FB4")]
    [InlineData("\u1FBE", "\u03B9")]
    [InlineData("\u0061\u0301\u0301", "\u00E1\u0301")]
    [InlineData("\u0061\u0301\u0327\u0301", "\u00E1\u0327\u0301")]
    [InlineData("\u304B\u3099", "\u304C")]
    public void Name_InTwoSpellings_IsStoredComposed(string sent, string composed)
    {
        Names.TryNormalise($"x {sent}", out var name).ShouldBeTrue();
        string.Equals(name, $"x {composed}", StringComparison.Ordinal).ShouldBeTrue(string.Join(' ', name.Select(c => $"{(int)c:X4}")));
        Names.Is(name).ShouldBeTrue("what is normalised stays as it is");
    }

    [Theory]
    [InlineData("  Ann\u00A0\u2003 Lee ", "Ann Lee")]
    [InlineData("\u3000\u5C71\u7530", "\u5C71\u7530")]
    [InlineData("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645")]
    [InlineData("\u0D28\u0D4D\u200D", null)]
    [InlineData("\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937")]
    [InlineData("\U0001F469\u200D\U0001F4BB", "\U0001F469\u200D\U0001F4BB")]
    [InlineData("\U0001F469\U0001F3FD\u200D\U0001F4BB", "\U0001F469\U0001F3FD\u200D\U0001F4BB")]
    [InlineData("\U0001F3F3\uFE0F\u200D\U0001F308", "\U0001F3F3\uFE0F\u200D\U0001F308")]
    [InlineData("1\uFE0F\u20E3", "1\uFE0F\u20E3")]
    [InlineData("\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F")]
    [InlineData("O\u2019Neill & S\u00F8n #1 (50 %)", "O\u2019Neill & S\u00F8n #1 (50 %)")]
    [InlineData("", null)]
    [InlineData(" \u2003", null)]
    [InlineData("\u0301", null)]
    [InlineData("admin\u200B", null)]
    [InlineData("ad\u200Dmin", null)]
    [InlineData("ad\u200Cmin", null)]
    [InlineData("\u202Enimda", null)]
    [InlineData("a\u2066b\u2069", null)]
    [InlineData("a\u200Fb", null)]
    [InlineData("a\u061Cb", null)]
    [InlineData("a\uFEFFb", null)]
    [InlineData("a\u00ADb", null)]
    [InlineData("a\u2060b", null)]
    [InlineData("a\u2028b", null)]
    [InlineData("a\tb", null)]
    [InlineData("a\u0085b", null)]
    [InlineData("a\u3164b", null)]
    [InlineData("a\u115Fb", null)]
    [InlineData("a\u2800b", null)]
    [InlineData("a\u034Fb", null)]
    [InlineData("a\uFE0Fb", null)]
    [InlineData("a\U000E0061", null)]
    [InlineData("a\uE000", null)]
    [InlineData("a\uFFFFb", null)]
    [InlineData("a\u0000b", null)]
    public void Name_IsNormalisedOrRefused(string sent, string? stored)
    {
        Names.TryNormalise(sent, out var name).ShouldBe(stored is not null);
        string.Equals(name, stored ?? "", StringComparison.Ordinal).ShouldBeTrue();
    }

    /// <summary>Not a case above: an attribute cannot hold half a surrogate pair.</summary>
    [Fact]
    public void Name_WithHalfASurrogatePair_IsNone() => Names.TryNormalise("a" + (char)0xD83D, out _).ShouldBeFalse();

    [Theory]
    [InlineData("admin", "\u0430dmin")]
    [InlineData("admin", "ADM\u0406N")]
    [InlineData("admin", "adm1n")]
    [InlineData("admin", "admln")]
    [InlineData("admin", "\uFF41\uFF44\uFF4D\uFF49\uFF4E")]
    [InlineData("admin", "\U0001D41A\U0001D41D\U0001D426\U0001D422\U0001D427")]
    [InlineData("modern", "rnodem")]
    [InlineData("Root", "r\u043E0t")]
    [InlineData("Root", "R\u039F\u03BFT")]
    [InlineData("well", "vvell")]
    [InlineData("a-b", "a\u2013b")]
    [InlineData("O'Neill", "O\u2019Neill")]
    [InlineData("\u041F\u0451\u0442\u0440", "\u043F\u0401\u0422\u0420")]
    public void Names_ThatLookAlike_HaveOneKey(string one, string other) => Names.Key(other).ShouldBe(Names.Key(one));

    [Theory]
    [InlineData("Jose", "Jos\u00E9")]
    [InlineData("batch 1", "batch 2")]
    [InlineData("batch 1", "batch 11")]
    [InlineData("Ann Lee", "AnnLee")]
    [InlineData("\u5C71\u7530", "\u5C71\u7531")]
    public void Names_ThatDoNot_HaveTheirOwn(string one, string other) => Names.Key(other).ShouldNotBe(Names.Key(one));
}
