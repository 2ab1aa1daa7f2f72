using System.Text.Json;
using Dispatch.Engine.Forms;

namespace Dispatch.Grains;

/// <summary>Known answers as a worker is told of them.</summary>
public static class KnownAnswers
{
    private const string Accepted = "accepted";
    private const string Reason = "reason";

    /// <summary>Why the known answer is right, where it says so.</summary>
    /// <param name="known">Canonical known answers.</param>
    public static string? ReasonOf(string known)
    {
        using var document = JsonDocument.Parse(known);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(Reason, out var reason) && reason.ValueKind == JsonValueKind.String ? reason.GetString() : null;
    }

    /// <summary>The accepted answers under the response keys of one assignment.</summary>
    /// <param name="form">The form.</param>
    /// <param name="content">Canonical content.</param>
    /// <param name="presentation">As shown.</param>
    /// <param name="known">Canonical known answers.</param>
    public static string Present(ICompiledForm form, string content, IReadOnlyList<int> presentation, string known)
    {
        using var document = JsonDocument.Parse(known);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(Accepted, out var accepted) || accepted.ValueKind != JsonValueKind.Array)
        {
            return form.PresentAnswer(content, presentation, known);
        }

        return $$"""{"accepted":[{{string.Join(',', accepted.EnumerateArray().Select(one => form.PresentAnswer(content, presentation, one.GetRawText())))}}]}""";
    }
}
