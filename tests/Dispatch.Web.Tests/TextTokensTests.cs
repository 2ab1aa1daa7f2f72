using Dispatch.Web.Forms.Spans;

namespace Dispatch.Web.Tests;

public sealed class TextTokensTests
{
    private const string Text = "Yes, \U0001F600 it is.\nNo more";

    [Fact]
    public void All_AreWordsAndSigns_AndNoHalfOfAPair() =>
        new TextTokens(Text).All.Select(token => Text[token.Start..token.End]).ShouldBe(["Yes", ",", "\U0001F600", "it", "is", ".", "No", "more"]);

    [Fact]
    public void Sentence_GoesToTheNextOne_OrToTheEnd()
    {
        var tokens = new TextTokens(Text);
        tokens.Sentence(0, +1).ShouldBe(6);
        tokens.Sentence(6, +1).ShouldBe(7);
        tokens.Sentence(7, -1).ShouldBe(6);
        tokens.Sentence(6, -1).ShouldBe(0);
    }

    [Fact]
    public void Touched_NamesTheTokensOfAStretch()
    {
        var tokens = new TextTokens(Text);
        tokens.Touched(2, 7).ShouldBe((0, 2));
        tokens.Touched(4, 5).ShouldBeNull();
    }
}
