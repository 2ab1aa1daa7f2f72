using System.Text.Json;
using Dispatch.LoadTests.People;

namespace Dispatch.LoadTests.Tests;

/// <summary>Made-up answers have the shape that each form asks for.</summary>
public class FormAnswersTests
{
    private const int Seed = 5;
    private const string Pair = """{"prompt":[],"responses":[{"key":"1","text":"a"},{"key":"2","text":"b"},{"key":"3","text":"c"}]}""";
    private const string Options = """{"options":[{"key":"1","label":"x"},{"key":"2","label":"y"},{"key":"3","label":"z"}]}""";

    [Fact]
    public void Preference_has_a_strength_where_one_is_asked_for()
    {
        var answer = Answer("preference", """{"tie":true,"strength":3,"reason":"required"}""", Pair);
        answer.GetProperty("choice").GetString().ShouldBeOneOf("1", "2");
        answer.GetProperty("strength").GetInt32().ShouldBeInRange(1, 3);
        answer.GetProperty("reason").GetString().ShouldNotBeNullOrEmpty();
        Answer("preference", "{}", Pair).TryGetProperty("strength", out _).ShouldBeFalse();
        Answer("preference", "{}", Pair).TryGetProperty("reason", out _).ShouldBeFalse();
    }

    [Fact]
    public void Choice_is_one_option_or_as_many_as_may_be_chosen()
    {
        Answer("choice", """{"options":["a","b","c"]}""", Options).GetProperty("choice").GetString().ShouldBeOneOf("1", "2", "3");
        for (var draw = 0; draw < 20; draw++)
        {
            var chosen = Answer("choice", """{"options":["a","b","c"],"multiple":true,"min":2,"max":9}""", Options, draw).GetProperty("choices").EnumerateArray().Select(key => key.GetString()).ToArray();
            chosen.Length.ShouldBeInRange(2, 3);
            chosen.ShouldBeUnique();
        }
    }

    [Fact]
    public void Rating_gives_each_dimension_a_step_of_its_scale()
    {
        var ratings = Answer("rating", """{"dimensions":[{"name":"clear","min":0,"max":2},{"name":"true"}]}""", "{}").GetProperty("ratings");
        ratings.GetProperty("clear").GetInt32().ShouldBeInRange(0, 2);
        ratings.GetProperty("true").GetInt32().ShouldBeInRange(1, 5);
    }

    [Fact]
    public void Ranking_holds_every_response_once() =>
        Answer("ranking", "{}", Pair).GetProperty("ranking").EnumerateArray().Select(key => key.GetString()).ShouldBe(["1", "2", "3"], ignoreOrder: true);

    [Fact]
    public void Spans_may_be_none() => Answer("spans", """{"types":["fact"]}""", """{"text":"a b"}""").GetProperty("spans").GetArrayLength().ShouldBe(0);

    [Theory]
    [InlineData("""{}""", "abc", "abc.")]
    [InlineData("""{"maxCharacters":3}""", "abc", "ab.")]
    [InlineData("""{"maxCharacters":3}""", "ab.", "ab!")]
    public void Correction_changes_the_text_and_keeps_within_its_limit(string settings, string text, string corrected) =>
        Answer("correction", settings, JsonSerializer.Serialize(new { text })).GetProperty("text").GetString().ShouldBe(corrected);

    private static JsonElement Answer(string type, string settings, string content, int seed = Seed) =>
        JsonDocument.Parse(new FormAnswers(type, settings).Answer(content, new Random(seed))).RootElement;
}
