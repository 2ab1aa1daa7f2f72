using System.Text;
using System.Text.Json;

namespace Dispatch.LoadTests;

/// <summary>Tasks of the scenario: a prompt and two answers of about the length of a paragraph each.</summary>
internal static class Work
{
    private static readonly string Paragraph = string.Join(' ', Enumerable.Repeat("A sentence of some length that says nothing in particular.", 6));

    public static string ShownContent { get; } = JsonSerializer.Serialize(new
    {
        prompt = new[] { new { role = "user", text = Paragraph } },
        context = new { },
        responses = new[] { new { key = "1", text = Paragraph }, new { key = "2", text = Paragraph } },
    });

    public static string Answer => """{"choice":"1"}""";

    public static Stream Lines(int count)
    {
        var text = new StringBuilder();
        for (var i = 0; i < count; i++) text.Append(JsonSerializer.Serialize(new { id = i, prompt = Paragraph, a = Paragraph, b = Paragraph })).Append('\n');
        return new MemoryStream(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
