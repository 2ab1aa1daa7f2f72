using System.Text;
using System.Text.Json;
using CsCheck;
using Dispatch.Contracts;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

public sealed class RoundTripTests
{
    private static readonly string[] Oddities = ["", "\"\\\n\t", "</script><b>x</b>", "\u202Eright to left", "zero\u200Bwidth", "\U0001F600", "e\u0301 \u00e9", "'; DROP TABLE task;--", "=cmd|' /C calc'!A0"];

    // Any text there is, quotes, controls, other scripts and emoji included, save what no database can hold.
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char[' ', '\u2fff'], 0, 40],
        Gen.Int[0, Oddities.Length - 1].Select(i => Oddities[i]));

    [Fact]
    public void CheckAnswer_WhateverTheOrder_NamesTheResponseThatWasOnThatPlace() =>
        Gen.Select(Text, Text, Text, Gen.Bool, Gen.Int[0, 2], Gen.Int[1, 3]).Sample((prompt, first, second, swapped, pick, strength) =>
        {
            var form = Pair();
            var line = JsonSerializer.Serialize(new { id = 7, prompt, x = first, y = second });
            var content = Bind(form, line).Content;
            int[] presentation = swapped ? [1, 0] : [0, 1];

            using var shown = JsonDocument.Parse(form.Present(content, presentation));
            var responses = shown.RootElement.GetProperty("responses");
            var answer = pick == 2 ? """{"choice":"tie"}""" : $$"""{"choice":"{{responses[pick].GetProperty("key").GetString()}}","strength":{{strength}}}""";
            var check = form.CheckAnswer(content, presentation, answer);

            check.Refusal.ShouldBeNull();
            using var canonical = JsonDocument.Parse(check.Canonical!);
            var choice = canonical.RootElement.GetProperty("choice").GetString();
            if (pick == 2)
            {
                choice.ShouldBe("tie");
                return;
            }

            using var stored = JsonDocument.Parse(content);
            stored.RootElement.GetProperty("responses")[choice == "a" ? 0 : 1].GetString().ShouldBe(responses[pick].GetProperty("text").GetString());
            canonical.RootElement.GetProperty("strength").GetInt32().ShouldBe(strength);
        });

    [Fact]
    public void Reason_AnyText_ComesBackUnchanged() => Text.Where(text => text.Trim().Length > 0).Sample(reason =>
    {
        var answer = JsonSerializer.Serialize(new { choice = "1", strength = 1, reason });
        using var canonical = JsonDocument.Parse(Pair().CheckAnswer("{}", [0, 1], answer).Canonical!);
        canonical.RootElement.GetProperty("reason").GetString().ShouldBe(reason);
    });

    [Fact]
    public void Rating_EveryStep_IsKept() => Gen.Select(Gen.Int[1, 5], Gen.Int[0, 2]).Sample((helpfulness, safety) =>
        Scale().CheckAnswer("{}", [], $$$"""{"ratings":{"safety":{{{safety}}},"helpfulness":{{{helpfulness}}}}}""").Canonical
            .ShouldBe($$$"""{"ratings":{"helpfulness":{{{helpfulness}}},"safety":{{{safety}}}}}"""));

    [Fact]
    public void CheckAnswer_AnyText_NeverThrows() => Gen.String.Sample(answer =>
    {
        Pair().CheckAnswer("{}", [1, 0], answer).Refusal.ShouldNotBeNull();
        Scale().CheckAnswer("{}", [], answer).Refusal.ShouldNotBeNull();
    });

    [Fact]
    public void GoldScore_Rating_IsOneHalfOrNothingByDistanceAndAveraged()
    {
        const string known = """{"ratings":{"helpfulness":3,"safety":2}}""";
        Scale().ScoreGold(known, known).ShouldBe(1);
        Scale().ScoreGold(known, """{"ratings":{"helpfulness":4,"safety":2}}""").ShouldBe(0.75);
        Scale().ScoreGold(known, """{"ratings":{"helpfulness":1,"safety":1}}""").ShouldBe(0.25);
        Scale().ScoreGold(known, """{"ratings":{"helpfulness":5,"safety":0}}""").ShouldBe(0);
    }

    [Fact]
    public void ExportTraining_Conversation_GivesMessageLists()
    {
        const string content = """{"prompt":[{"role":"system","text":"s"},{"role":"user","text":"q"}],"context":{},"responses":["A","B"]}""";
        Pair().ExportTraining("trl-preference", content, """{"choice":"b"}""").Single().ShouldBe(
            """{"prompt":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"chosen":[{"role":"assistant","content":"B"}],"rejected":[{"role":"assistant","content":"A"}]}""");
    }

    [Fact]
    public void ExportTraining_Unpaired_GivesBothSidesWithLabels() =>
        Pair().ExportTraining("trl-unpaired", """{"prompt":[{"role":"user","text":"q"}],"context":{},"responses":["A","B"]}""", """{"choice":"a","strength":2}""")
            .ShouldBe(["""{"prompt":"q","completion":"A","label":true}""", """{"prompt":"q","completion":"B","label":false}"""]);

    [Fact]
    public void ExportTraining_TieOrRating_GivesNothing()
    {
        Pair().ExportTraining("trl-preference", "{}", """{"choice":"tie"}""").ShouldBeEmpty();
        Scale().ExportTraining("trl-preference", "{}", """{"ratings":{}}""").ShouldBeEmpty();
        Scale().ExportFormats.ShouldBeEmpty();
    }

    [Fact]
    public void CheckAnswer_AtTheSizeLimit_IsTakenAndOneByteOverIsNot()
    {
        var form = Pair();
        string Padded(int bytes) => """{"choice":"1","strength":1}""" + new string(' ', bytes - Encoding.UTF8.GetByteCount("""{"choice":"1","strength":1}"""));
        form.CheckAnswer("{}", [0, 1], Padded(Limits.AnswerBytes)).Refusal.ShouldBeNull();
        form.CheckAnswer("{}", [0, 1], Padded(Limits.AnswerBytes + 1)).Refusal!.Code.ShouldBe(RefusalCode.PayloadTooLarge);
    }
}
