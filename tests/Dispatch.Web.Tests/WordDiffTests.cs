using Dispatch.Web.Forms.Correction;

namespace Dispatch.Web.Tests;

public sealed class WordDiffTests
{
    [Theory]
    [InlineData("The cat sat.", "The dog sat.")]
    [InlineData("", "Something")]
    [InlineData("Something", "")]
    [InlineData("a b c d", "d c b a")]
    [InlineData("one\r\ntwo \U0001F600 three", "one two\n\U0001F601 three!")]
    [InlineData("same", "same")]
    [InlineData("a a a", "a a")]
    public void Between_KeptWithRemoved_IsTheOldText_AndWithAdded_IsTheNew(string before, string after)
    {
        var changes = WordDiff.Between(before, after);
        string.Concat(changes.Where(change => change.Change != Change.Added).Select(change => change.Text)).ShouldBe(before);
        string.Concat(changes.Where(change => change.Change != Change.Removed).Select(change => change.Text)).ShouldBe(after);
        changes.Zip(changes.Skip(1)).ShouldAllBe(pair => pair.First.Change != pair.Second.Change);
    }

    [Fact]
    public void Between_OneWord_ChangesNoOther() =>
        WordDiff.Between("The cat sat.", "The dog sat.").ShouldBe([(Change.Kept, "The "), (Change.Removed, "cat"), (Change.Added, "dog"), (Change.Kept, " sat.")]);

    [Fact]
    public void Between_LongTextsWithNothingInCommon_IsOneReplacement()
    {
        var (before, after) = (string.Join(' ', Enumerable.Repeat("old", 2_000)), string.Join(' ', Enumerable.Repeat("new", 2_000)));
        WordDiff.Between($"Same {before}", $"Same {after}").ShouldBe([(Change.Kept, "Same "), (Change.Removed, before), (Change.Added, after)]);
    }

    /// <summary>In a text as long as a correction may be, one word replaced throughout is that word, each time, and nothing else.</summary>
    [Fact]
    public void Between_OneWordReplacedThroughoutALongText_ChangesNoOther()
    {
        var before = string.Join(' ', Enumerable.Range(0, 3_000).Select(i => i % 7 == 0 ? "color" : $"w{i % 900}"));
        var changes = WordDiff.Between(before, before.Replace("color", "colour", StringComparison.Ordinal));
        changes.Where(change => change.Change == Change.Removed).ShouldAllBe(change => change.Text == "color");
        changes.Where(change => change.Change == Change.Added).ShouldAllBe(change => change.Text == "colour");
        changes.Count(change => change.Change == Change.Added).ShouldBe(429);
    }
}
