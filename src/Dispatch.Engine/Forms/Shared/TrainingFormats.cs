using System.Text.Json;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Lines in the shapes that preference trainers read (TRL dataset formats).</summary>
internal static class TrainingFormats
{
    public const string Preference = "trl-preference";
    public const string Unpaired = "trl-unpaired";
    public const string Stepwise = "trl-stepwise";

    /// <summary>One worked solution with a label for each of its steps. The trainer takes plain text only, so a conversation becomes one text with its roles.</summary>
    public static string StepwiseLine(JsonElement prompt, IReadOnlyList<string> steps, IReadOnlyList<bool> labels) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("prompt", Text(prompt));
        writer.WriteStartArray("completions");
        foreach (var step in steps) writer.WriteStringValue(step);
        writer.WriteEndArray();
        writer.WriteStartArray("labels");
        foreach (var label in labels) writer.WriteBooleanValue(label);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>Whether a task's prompt is more than one turn of the user's.</summary>
    public static bool IsConversation(string content)
    {
        using var document = JsonDocument.Parse(content);
        return document.RootElement.TryGetProperty("prompt", out var prompt) && !IsPlain(prompt);
    }

    private static bool IsPlain(JsonElement prompt) => prompt.GetArrayLength() == 0 || (prompt.GetArrayLength() == 1 && prompt[0].GetProperty("role").GetString() == "user");

    private static string Text(JsonElement prompt) => prompt.GetArrayLength() == 0 ? ""
        : IsPlain(prompt) ? prompt[0].GetProperty("text").GetString()!
        : string.Join("\n\n", prompt.EnumerateArray().Select(turn => $"{turn.GetProperty("role").GetString()}: {turn.GetProperty("text").GetString()}"));

    /// <summary>A pair or one judged completion. Prompt and completions have the same shape.</summary>
    public static string Line(JsonElement prompt, IReadOnlyList<(string Name, string Text)> completions, bool? label, TrainingShape shape)
    {
        var plain = shape == TrainingShape.ByTask ? IsPlain(prompt) : shape == TrainingShape.Plain;
        return JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            if (plain)
            {
                writer.WriteString("prompt", Text(prompt));
            }
            else
            {
                writer.WriteStartArray("prompt");
                foreach (var turn in prompt.EnumerateArray()) WriteMessage(writer, turn.GetProperty("role").GetString()!, turn.GetProperty("text").GetString()!);
                writer.WriteEndArray();
            }

            foreach (var (name, text) in completions)
            {
                if (plain)
                {
                    writer.WriteString(name, text);
                    continue;
                }

                writer.WriteStartArray(name);
                WriteMessage(writer, "assistant", text);
                writer.WriteEndArray();
            }

            if (label is { } value) writer.WriteBoolean("label", value);
            writer.WriteEndObject();
        });
    }

    private static void WriteMessage(Utf8JsonWriter writer, string role, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("content", text);
        writer.WriteEndObject();
    }
}
