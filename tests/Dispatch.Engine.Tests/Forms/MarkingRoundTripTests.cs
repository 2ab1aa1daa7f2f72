using System.Text.Json;
using CsCheck;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Whatever order was shown, an answer means the responses that the worker saw.</summary>
public sealed class MarkingRoundTripTests
{
    private static readonly Gen<(int Count, int[] Presentation, int[] Ranking)> Rankings =
        from count in Gen.Int[2, 10]
        from presentation in Gen.Shuffle(Enumerable.Range(0, 10).ToArray())
        from ranking in Gen.Shuffle(Enumerable.Range(0, count).ToArray())
        select (count, presentation, ranking);

    [Fact]
    public void Ranking_WhateverTheOrder_NamesTheResponsesThatWereSeen() => Rankings.Sample(sample =>
    {
        var content = Replies(sample.Count);
        using var shown = JsonDocument.Parse(Ranked().Present(content, sample.Presentation));
        var responses = shown.RootElement.GetProperty("responses");
        responses.GetArrayLength().ShouldBe(sample.Count);
        var answer = JsonSerializer.Serialize(new { ranking = sample.Ranking.Select(place => responses[place].GetProperty("key").GetString()) });
        var canonical = Ranked().CheckAnswer(content, sample.Presentation, answer).Canonical;

        // Each reply's text is its own canonical key.
        canonical.ShouldBe(JsonSerializer.Serialize(new { ranking = sample.Ranking.Select(place => responses[place].GetProperty("text").GetString()) }));
        Ranked().OrderShown(content, sample.Presentation).Select(index => ((char)('a' + index)).ToString()).ShouldBe(responses.EnumerateArray().Select(response => response.GetProperty("text").GetString()!));
    });

    [Fact]
    public void Ranking_FirstPlaceOnTheScreen_IsEachResponseEquallyOften()
    {
        // All 120 orders of five, for a task that has three of them: what is skipped must not favour anybody.
        var firsts = Permutations(5).Select(order => Ranked().OrderShown(Replies(3), order)[0]).CountBy(index => index).ToDictionary();
        firsts.ShouldBe(new Dictionary<int, int> { [0] = 40, [1] = 40, [2] = 40 }, ignoreOrder: true);
    }

    [Fact]
    public void Ranking_Ties_AreCanonicalWhateverTheirOrder()
    {
        var form = Ranked("""{"ties":true,"shuffle":false}""");
        form.ShuffledResponses.ShouldBe(0);
        form.CheckAnswer(Replies(3), [], """{"ranking":[["3","1"],["2"]]}""").Canonical.ShouldBe("""{"ranking":[["a","c"],"b"]}""");
        ShouldBeRefused(form.CheckAnswer(Replies(3), [], """{"ranking":[["3","1"],["2"],[]]}""").Refusal, "$.ranking[2]");
        form.ExportValues("""{"ranking":[["a","c"],"b"],"reason":"r"}""").ShouldBe(["a = c > b", "r"]);
    }

    [Fact]
    public void Choices_WhateverTheOrder_NameTheOptionsThatWereSeen() =>
        Gen.Select(Gen.Shuffle(Enumerable.Range(0, 3).ToArray()), Gen.Bool.Array[3]).Sample((presentation, chosen) =>
        {
            var form = Many();
            form.ShuffledResponses.ShouldBe(3);
            using var shown = JsonDocument.Parse(form.Present("""{"prompt":[],"context":{},"response":"t"}""", presentation));
            var options = shown.RootElement.GetProperty("options").EnumerateArray().Where((_, place) => chosen[place]).ToList();
            using var canonical = JsonDocument.Parse(form.CheckAnswer("{}", presentation, JsonSerializer.Serialize(new { choices = options.Select(option => option.GetProperty("key").GetString()) })).Canonical!);
            canonical.RootElement.GetProperty("choices").EnumerateArray().Select(key => key.GetString()).ShouldBe(options.Select(option => option.GetProperty("label").GetString()).Order());
        });

    [Fact]
    public void Choice_Unshuffled_KeepsTheOrderOfTheSettings()
    {
        One().ShuffledResponses.ShouldBe(0);
        One().Present("""{"prompt":[],"context":{},"response":"t"}""", []).ShouldBe("""{"prompt":[],"context":{},"response":"t","options":[{"key":"1","label":"Bad"},{"key":"2","label":"fair"},{"key":"3","label":"good"}]}""");
        One().CheckAnswer("{}", [], """{"choice":"3"}""").Canonical.ShouldBe("""{"choice":"good"}""");
    }

    [Fact]
    public void Correction_AnyText_ComesBackUnchanged() => Gen.String[Gen.Char[' ', '\u2fff'], 1, 60].Where(text => text.Trim() != "was").Sample(text =>
    {
        using var canonical = JsonDocument.Parse(Corrected().CheckAnswer(Text("was"), [], JsonSerializer.Serialize(new { text, reason = "why" })).Canonical!);
        canonical.RootElement.GetProperty("text").GetString().ShouldBe(text);
        Corrected().ExportValues(canonical.RootElement.GetRawText()).ShouldBe([text, "why"]);
    });

    [Fact]
    public void Spans_AnyOrder_AreStoredInTheOrderOfTheText() =>
        Marked().CheckAnswer(Text("Hello\U0001F600 you"), [], """{"spans":[{"start":8,"end":11,"type":"style","severity":"minor","comment":""},{"type":"fact","end":7,"start":5,"severity":"major","comment":"why?"}]}""").Canonical
            .ShouldBe("""{"spans":[{"start":5,"end":7,"type":"fact","severity":"major","comment":"why?"},{"start":8,"end":11,"type":"style","severity":"minor"}]}""");

    [Fact]
    public void Spans_Overlapping_AreTakenWhereAllowed() =>
        Marked("""{"types":["t","u"],"overlap":true}""").CheckAnswer(Text("abcd"), [], """{"spans":[{"start":0,"end":3,"type":"t"},{"start":1,"end":4,"type":"u"}]}""").Refusal.ShouldBeNull();

    [Fact]
    public void Spans_None_SayThatThereIsNothing() => Marked().CheckAnswer(Text("abc"), [], """{"spans":[]}""").Canonical.ShouldBe("""{"spans":[]}""");

    private static IEnumerable<int[]> Permutations(int count) =>
        count == 0 ? [[]] : from rest in Permutations(count - 1) from at in Enumerable.Range(0, count) select (int[])[.. rest[..at], count - 1, .. rest[at..]];
}
