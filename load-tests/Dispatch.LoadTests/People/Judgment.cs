namespace Dispatch.LoadTests.People;

/// <summary>What somebody thinks of a task.</summary>
/// <param name="Choice">Key of the response of a pair: 1, 2, or tie.</param>
/// <param name="Answer">The whole answer, as JSON, where the task is not a pair; null for a pair.</param>
internal sealed record Judgment(string Choice, string? Answer = null)
{
    public static Judgment First { get; } = new("1");

    public string ToJson() => Answer ?? System.Text.Json.JsonSerializer.Serialize(new { choice = Choice });
}
