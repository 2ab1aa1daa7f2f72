using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Server.Quality;

/// <summary>The outer shape of accepted answers; the form judges the rest by scoring with them.</summary>
internal static class GoldAnswers
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Limits.JsonDepth };

    /// <summary>What is wrong with it; null when it is one answer, or several under <c>accepted</c>.</summary>
    public static string? Check(string known)
    {
        if (known.Length > Limits.AnswerBytes) return "The accepted answers are too large.";
        using var document = JsonDocument.Parse(known, Options);
        if (document.RootElement.ValueKind != JsonValueKind.Object) return "An answer is a JSON object.";
        if (!document.RootElement.TryGetProperty("accepted", out var accepted)) return null;
        return accepted.ValueKind == JsonValueKind.Array && accepted.GetArrayLength() > 0 && accepted.EnumerateArray().All(answer => answer.ValueKind == JsonValueKind.Object)
            ? null
            : "accepted is an array of at least one answer.";
    }
}
