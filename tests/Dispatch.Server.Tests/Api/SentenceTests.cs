using Dispatch.Contracts;
using Dispatch.Server.Supervision;

namespace Dispatch.Server.Tests.Api;

/// <summary>What people wrote stands between sentences of ours, and does not run into them.</summary>
public sealed class SentenceTests
{
    [Theory]
    [InlineData("speaks French", "speaks French.")]
    [InlineData(" speaks French \n", "speaks French.")]
    [InlineData("speaks French.", "speaks French.")]
    [InlineData("why?!", "why?!")]
    [InlineData("he said \"no.\"", "he said \"no.\"")]
    [InlineData("he said \"no\"", "he said \"no\".")]
    [InlineData("(see the mail)", "(see the mail).")]
    [InlineData("不行。", "不行。")]
    [InlineData("\"", "\".")]
    [InlineData("  ", "")]
    [InlineData(null, "")]
    public void Of_EndsWhatDoesNotEnd(string? text, string expected) => Sentence.Of(text).ShouldBe(expected);

    [Fact]
    public void Withdrawn_KeepsTheReasonApartFromWhatFollows() =>
        TakenBackWords.Withdrawn("speaks French").ShouldBe("A supervisor took it back: speaks French. Your time is on your ledger.");

    [Theory]
    [InlineData(BatchStatus.Paused, null, "Its batch was paused, so it was taken back before you began. It is not held against you.")]
    [InlineData(BatchStatus.Draining, "too many errors", "Its batch hands out nothing more, so it was taken back before you began. The reason given: too many errors. It is not held against you.")]
    public void Unbegun_SaysWhyAndThatItDoesNotCount(BatchStatus status, string? reason, string expected) => TakenBackWords.Unbegun(status, reason).ShouldBe(expected);
}
