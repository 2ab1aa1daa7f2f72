using CsCheck;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>What a worker is told was accepted names the keys that the worker saw: sent back, it means the same.</summary>
public sealed class PresentAnswerTests
{
    [Fact]
    public void Preference_SentBack_IsTheSameAnswer() => Gen.Select(Gen.Bool, Gen.OneOfConst("a", "b", "tie")).Sample((swapped, choice) =>
        SentBack(Pair("""{"tie":true}"""), "{}", swapped ? [1, 0] : [0, 1], $$"""{"choice":"{{choice}}"}"""));

    [Fact]
    public void Ranking_SentBack_IsTheSameAnswer() => Gen.Shuffle([0, 1, 2, 3]).Sample(order =>
        SentBack(Ranked("""{"ties":true}"""), Replies(4), order, """{"ranking":["c",["a","d"],"b"]}"""));

    [Fact]
    public void Choice_SentBack_IsTheSameAnswer() => Gen.Shuffle([0, 1, 2]).Sample(order => SentBack(Many(), Text("t"), order, """{"choices":["x","z"]}"""));

    private static void SentBack(ICompiledForm form, string content, int[] order, string canonical) =>
        form.CheckAnswer(content, order, form.PresentAnswer(content, order, canonical)).Canonical.ShouldBe(canonical);
}
