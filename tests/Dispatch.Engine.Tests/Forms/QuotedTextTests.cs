using Dispatch.Contracts;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>What somebody sent, quoted in a message that has to be stored.</summary>
public sealed class QuotedTextTests
{
    [Theory]
    [InlineData("left\0", "left\\u0000")]
    [InlineData("a\nb\u202Ec", "a\\u000ab\\u202ec")]
    [InlineData("plain, Ünïcödé, 👩‍👩‍👧", "plain, Ünïcödé, 👩‍👩‍👧")]
    public void Of_WhatCannotBeStoredOrSeen_IsEscaped(string text, string quoted) => QuotedText.Of(text).ShouldBe(quoted);

    // No theory: halves of pairs do not survive being written down as arguments of a test.
    [Fact]
    public void Of_HalvesOfSurrogatePairs_AreEscaped() =>
        (QuotedText.Of("half \ud83d"), QuotedText.Of("\ude00 other half")).ShouldBe(("half \\ud83d", "\\ude00 other half"));

    [Fact]
    public void Of_LongText_IsCutBehindAWholeCharacter()
    {
        // A family is eleven code units and one character; a cut inside it would leave half a surrogate pair, or a part of the family.
        var text = new string('x', 75) + "👩‍👩‍👧‍👦 and more";
        QuotedText.Of(text).ShouldBe(new string('x', 75) + "…");
        QuotedText.Of(new string('x', 79) + "😀").ShouldBe(new string('x', 79) + "…");
        QuotedText.Of("e" + new string('\u0301', 10_000)).Length.ShouldBeLessThanOrEqualTo(QuotedText.Characters + 1);
    }

    [Fact]
    public void OfAndStorable_AnyText_CanBeStored() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 5_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => random.Next(6) switch
            {
                0 => (char)random.Next(0xD800, 0xE000),
                1 => (char)random.Next(0x20),
                2 => '\u0301',
                _ => (char)random.Next(0x20, 0x3000),
            }));
            StorableText.Is(QuotedText.Of(text)).ShouldBeTrue();
            StorableText.Is(QuotedText.Storable(text)).ShouldBeTrue();
            QuotedText.Of(text).Length.ShouldBeLessThanOrEqualTo(QuotedText.Characters + 1);
        }
    });
}
