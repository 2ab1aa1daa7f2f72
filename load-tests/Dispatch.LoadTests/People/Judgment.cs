namespace Dispatch.LoadTests.People;

/// <summary>What somebody thinks of a pair.</summary>
/// <param name="Choice">Key of the response: 1, 2, or tie.</param>
/// <param name="Reason">Why; null when not given.</param>
internal sealed record Judgment(string Choice, string? Reason = null)
{
    public static Judgment First { get; } = new("1");

    public string ToJson() => System.Text.Json.JsonSerializer.Serialize(new { choice = Choice });
}
