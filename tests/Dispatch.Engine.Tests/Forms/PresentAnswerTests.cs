using CsCheck;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>What a worker is told was accepted names the keys that the worker saw: sent back, it means the same.</summary>
public sealed class PresentAnswerTests
{
    private static readonly string[] Choices = ["a", "b", "tie"];

    [Fact]
    public void Preference_SentBack_IsTheSameAnswer() => Gen.Select(Gen.Bool, Gen.Int[0, 2].Select(i => Choices[i])).Sample((swapped, choice) =>
        SentBack(Pair("""{"tie":true}"""), "{}", swapped ? [1, 0] : [0, 1], $$"""{"choice":"{{choice}}"}"""));

    [Fact]
    public void Ranking_SentBack_IsTheSameAnswer() => Gen.Shuffle(Enumerable.Range(0, 4).ToArray()).Sample(order =>
        SentBack(Ranked("""{"ties":true}"""), Replies(4), order, """{"ranking":["c",["a","d"],"b"]}"""));

    [Fact]
    public void Choice_SentBack_IsTheSameAnswer() => Gen.Shuffle(Enumerable.Range(0, 3).ToArray()).Sample(order => SentBack(Many(), Text("t"), order, """{"choices":["x","z"]}"""));

    private static void SentBack(ICompiledForm form, string content, int[] order, string canonical) =>
        form.CheckAnswer(content, order, form.PresentAnswer(content, order, canonical)).Canonical.ShouldBe(canonical);
}
