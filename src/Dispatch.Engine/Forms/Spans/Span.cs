using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Spans;

/// <summary>Text[Start..End) in UTF-16 code units, as JavaScript and .NET count.</summary>
internal sealed record Span(int Start, int End, string Type, string? Severity, string? Comment)
{
    public int Length => End - Start;

    /// <summary>Share of what either covers that both cover.</summary>
    public double Coincidence(Span other)
    {
        var both = Math.Max(0, Math.Min(End, other.End) - Math.Max(Start, other.Start));
        return (double)both / (Length + other.Length - both);
    }

    public static List<Span> Read(JsonElement answer) =>
    [
        .. answer.GetProperty("spans").EnumerateArray().Select(span => new Span(
            span.GetProperty("start").GetInt32(),
            span.GetProperty("end").GetInt32(),
            span.GetProperty("type").GetString()!,
            span.TryGetProperty("severity", out var severity) ? severity.GetString() : null,
            span.TryGetProperty("comment", out var comment) ? comment.GetString() : null)),
    ];

    /// <summary>Writes the canonical answer: by start, end and type.</summary>
    public static string Write(IEnumerable<Span> spans) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("spans");
        foreach (var span in spans.OrderBy(span => span.Start).ThenBy(span => span.End).ThenBy(span => span.Type, StringComparer.Ordinal))
        {
            writer.WriteStartObject();
            writer.WriteNumber("start", span.Start);
            writer.WriteNumber("end", span.End);
            writer.WriteString("type", span.Type);
            if (span.Severity is not null) writer.WriteString("severity", span.Severity);
            if (span.Comment is not null) writer.WriteString("comment", span.Comment);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
