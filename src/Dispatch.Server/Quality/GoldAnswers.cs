using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;

namespace Dispatch.Server.Quality;

/// <summary>Whether accepted answers are such that answers can be scored by them.</summary>
internal static class GoldAnswers
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Limits.JsonDepth };

    /// <summary>
    /// What is wrong with it; null when it is one answer, or several under <c>accepted</c>, and each can be scored. Asked before anything is stored:
    /// gold that cannot be scored by would refuse the answer of everybody who meets it.
    /// </summary>
    public static string? Check(string known, ICompiledForm form)
    {
        if (known.Length > Limits.AnswerBytes) return "The accepted answers are too large.";
        using var document = JsonDocument.Parse(known, Options);
        if (document.RootElement.ValueKind != JsonValueKind.Object) return "An answer is a JSON object.";
        if (!document.RootElement.TryGetProperty("accepted", out var accepted)) return Fits(document.RootElement, form);
        if (accepted.ValueKind != JsonValueKind.Array || accepted.GetArrayLength() == 0 || !accepted.EnumerateArray().All(answer => answer.ValueKind == JsonValueKind.Object)) return "accepted is an array of at least one answer.";
        return accepted.EnumerateArray().Select(answer => Fits(answer, form)).FirstOrDefault(fault => fault is not null);
    }

    private static string? Fits(JsonElement answer, ICompiledForm form)
    {
        try
        {
            form.ScoreGold(answer.GetRawText(), answer.GetRawText());
            return null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return "The accepted answers do not fit the form.";
        }
    }
}
