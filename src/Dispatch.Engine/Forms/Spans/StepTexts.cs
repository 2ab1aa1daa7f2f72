using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Spans;

/// <summary>
/// Reads the steps of a worked solution: a list of texts, of objects with a text, or of PRM800K's steps, which hold several completions of which one was chosen (or one that a person
/// wrote).
/// </summary>
internal static class StepTexts
{
    /// <summary>What stands between two steps of a text: an empty line.</summary>
    public const string Between = "\n\n";

    private static readonly string[] TextMembers = ["text", "content", "value", "step"];

    public static List<string>? Read(JsonElement line, string field, ref Refusal? refusal)
    {
        if (LineFields.Find(line, field) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0)
        {
            List<string> steps = [];
            foreach (var step in list.EnumerateArray()) if (TextOf(step) is { Length: > 0 } text) steps.Add(text);
            if (steps.Count == list.GetArrayLength()) return steps;
        }

        refusal ??= LineFields.Mismatch($"$.{field}", $"The bound field '{field}' is not a list of usable texts.", "Give the steps as a list of strings that are not empty, or of objects with text.");
        return null;
    }

    /// <summary>What the step object holds that was taken for the solution.</summary>
    public static JsonElement? Chosen(JsonElement step)
    {
        if (step.ValueKind != JsonValueKind.Object || !step.TryGetProperty("completions", out var completions)) return step;
        if (step.TryGetProperty("human_completion", out var human) && human.ValueKind is JsonValueKind.Object or JsonValueKind.String) return human;
        if (completions.ValueKind != JsonValueKind.Array || completions.GetArrayLength() == 0) return null;
        var index = step.TryGetProperty("chosen_completion", out var chosen) && KnownRead.TryWhole(chosen, out var number) && number >= 0 && number < completions.GetArrayLength() ? number : 0;
        return completions[index];
    }

    private static string? TextOf(JsonElement step)
    {
        if (Chosen(step) is not { } taken) return null;
        if (taken.ValueKind == JsonValueKind.String) return JsonTexts.TryGet(taken, out var plain) ? plain : null;
        if (taken.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in TextMembers) if (taken.TryGetProperty(member, out var value) && JsonTexts.TryGet(value, out var text)) return text;
        return null;
    }
}
