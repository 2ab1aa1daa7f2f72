using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Matching;

public sealed class RequirementsTests
{
    private static readonly string[] Names = ["level", "language", "expert"];
    private static readonly string[] Values = ["1", "2", "2.0", "\"de\"", "\"en\"", "\"2\"", "true", "false"];
    private static readonly int?[] Expiries = [null, 60, 600];

    private static Selector Ask(string label, SelectorOperator op, string value, int? expires = null) =>
        new() { Label = label, Operator = op, Value = new JsonText(value), ExpiresAfterSeconds = expires };

    [Theory]
    [InlineData("", SelectorOperator.Equal, "1", null, "label")]
    [InlineData("   ", SelectorOperator.Equal, "1", null, "label")]
    [InlineData("nul \0", SelectorOperator.Equal, "1", null, "label")]
    [InlineData("level", SelectorOperator.Unspecified, "1", null, "operator")]
    [InlineData("level", (SelectorOperator)99, "1", null, "operator")]
    [InlineData("level", SelectorOperator.Equal, "null", null, "value")]
    [InlineData("level", SelectorOperator.Equal, "[1]", null, "value")]
    [InlineData("level", SelectorOperator.Equal, "{}", null, "value")]
    [InlineData("level", SelectorOperator.Equal, "1e999", null, "value")]
    [InlineData("level", SelectorOperator.Greater, "\"3\"", null, "value")]
    [InlineData("level", SelectorOperator.LessOrEqual, "true", null, "value")]
    [InlineData("level", SelectorOperator.Equal, "\"nul \\u0000\"", null, "value")]
    [InlineData("level", SelectorOperator.Equal, "\"half \\ud800\"", null, "value")]
    [InlineData("level", SelectorOperator.Equal, "1", 0, "expiresAfterSeconds")]
    [InlineData("level", SelectorOperator.Equal, "1", -1, "expiresAfterSeconds")]
    [InlineData("level", SelectorOperator.Equal, "1", 31_536_001, "expiresAfterSeconds")]
    public void Check_OneFault_NamesTheSelectorAndTheMember(string label, SelectorOperator op, string value, int? expires, string member)
    {
        var fault = Requirements.Check([Ask("fine", SelectorOperator.Equal, "1"), Ask(label, op, value, expires)]).ShouldHaveSingleItem();

        (fault.Index, fault.Member).ShouldBe((1, member));
        fault.Message.ShouldNotBeNullOrEmpty();
        fault.Remedy.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void Check_NothingWhereASelectorShouldBe_IsAFaultAndNoCrash() =>
        Requirements.Check([null!]).ShouldHaveSingleItem().Index.ShouldBe(0);

    [Fact]
    public void Check_AtItsLimits_HasNoFault()
    {
        Requirements.Check([Ask(new string('l', 100), SelectorOperator.Less, "-1e300", 1), Ask("l", SelectorOperator.NotEqual, "\"\"", 31_536_000)]).ShouldBeEmpty();
        Requirements.Check([.. Enumerable.Repeat(Ask("l", SelectorOperator.Equal, "true"), Requirements.SelectorsMax)]).ShouldBeEmpty();
    }

    [Fact]
    public void Check_TooMany_IsOneFaultHoweverManyThereAre() =>
        Requirements.Check([.. Enumerable.Repeat(Ask("l", SelectorOperator.Equal, "1"), 5_000)]).ShouldHaveSingleItem();

    [Fact]
    public void MinTaskAge_MissingLabel_MeetsNothingNotEvenNotEqual()
    {
        Requirements.From([Ask("level", SelectorOperator.NotEqual, "1")]).MinTaskAge(WorkerLabels.None).ShouldBeNull();
        Requirements.From([Ask("level", SelectorOperator.NotEqual, "1")]).MinTaskAge(WorkerLabels.Parse("""{"level":"1"}""")).ShouldBeNull("a text is no number");
        Requirements.From([Ask("level", SelectorOperator.NotEqual, "1")]).MinTaskAge(WorkerLabels.Parse("""{"level":2}""")).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void MinTaskAge_SeveralUnmet_IsTheLongestWait()
    {
        var asked = Requirements.From([Ask("a", SelectorOperator.Equal, "1", 600), Ask("b", SelectorOperator.Equal, "1", 60), Ask("c", SelectorOperator.Equal, "1")]);

        asked.MinTaskAge(WorkerLabels.Parse("""{"c":1}""")).ShouldBe(TimeSpan.FromSeconds(600));
        asked.MinTaskAge(WorkerLabels.Parse("""{"a":1,"c":1}""")).ShouldBe(TimeSpan.FromSeconds(60));
        asked.MinTaskAge(WorkerLabels.Parse("""{"a":1,"b":1}""")).ShouldBeNull();
        asked.Expiries.ShouldBe([TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600)]);
    }

    [Theory]
    [InlineData("{}", "level")]
    [InlineData("""{"level":null}""", "level")]
    [InlineData("""{"level":[1]}""", "level")]
    [InlineData("""{"level":1}""", "Level")]
    public void Labels_NotATextNumberOrBoolean_AreNotThere(string json, string name) => WorkerLabels.Parse(json)[name].ShouldBeNull();

    /// <summary>Against a reading of the documentation that shares no code with it.</summary>
    [Fact]
    public void MinTaskAge_AnySeed_IsWhatTheSelectorsSay() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++)
        {
            var selectors = Enumerable.Range(0, random.Next(4)).Select(_ => AnySelector(random)).ToArray();
            var labels = $"{{{string.Join(',', Names.Where(_ => random.Next(4) > 0).Select(name => $"\"{name}\":{Values[random.Next(Values.Length)]}"))}}}";
            var asked = Requirements.From(selectors);
            var parsed = WorkerLabels.Parse(labels);

            var unmet = selectors.Where(selector => !Naive(selector, labels)).ToArray();
            TimeSpan? expected = unmet.Any(selector => selector.ExpiresAfterSeconds is null) ? null : TimeSpan.FromSeconds(unmet.Max(selector => selector.ExpiresAfterSeconds) ?? 0);
            asked.MinTaskAge(parsed).ShouldBe(expected, $"{JsonSerializer.Serialize(selectors, DispatchJson.Options)} against {labels}");
            asked.Explain(parsed).Where(verdict => !verdict.Met).Select(verdict => verdict.Selector).ShouldBe(unmet, "what explains is what matches");
        }
    });

    private static Selector AnySelector(Random random)
    {
        var value = Values[random.Next(Values.Length)];
        var op = (SelectorOperator)(1 + random.Next(char.IsAsciiDigit(value[0]) ? 6 : 2));
        return Ask(Names[random.Next(Names.Length)], op, value, Expiries[random.Next(Expiries.Length)]);
    }

    private static bool Naive(Selector selector, string labels)
    {
        if (!JsonDocument.Parse(labels).RootElement.TryGetProperty(selector.Label, out var actual)) return false;
        var asked = JsonDocument.Parse(selector.Value.Json).RootElement;
        bool IsFlag(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        if (actual.ValueKind != asked.ValueKind && !(IsFlag(actual) && IsFlag(asked))) return false;
        var same = actual.ValueKind switch
        {
            JsonValueKind.Number => actual.GetDecimal() == asked.GetDecimal(),
            JsonValueKind.String => actual.GetString() == asked.GetString(),
            _ => actual.ValueKind == asked.ValueKind,
        };
        return selector.Operator switch
        {
            SelectorOperator.Equal => same,
            SelectorOperator.NotEqual => !same,
            SelectorOperator.Less => actual.GetDecimal() < asked.GetDecimal(),
            SelectorOperator.LessOrEqual => actual.GetDecimal() <= asked.GetDecimal(),
            SelectorOperator.Greater => actual.GetDecimal() > asked.GetDecimal(),
            _ => actual.GetDecimal() >= asked.GetDecimal(),
        };
    }
}
