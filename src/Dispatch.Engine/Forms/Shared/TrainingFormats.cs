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
        writer.WriteString("prompt", IsPlain(prompt) ? prompt[0].GetProperty("text").GetString() : string.Join("\n\n", prompt.EnumerateArray().Select(turn => $"{turn.GetProperty("role").GetString()}: {turn.GetProperty("text").GetString()}")));
        writer.WriteStartArray("completions");
        foreach (var step in steps) writer.WriteStringValue(step);
        writer.WriteEndArray();
        writer.WriteStartArray("labels");
        foreach (var label in labels) writer.WriteBooleanValue(label);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static bool IsPlain(JsonElement prompt) => prompt.GetArrayLength() == 1 && prompt[0].GetProperty("role").GetString() == "user";

    /// <summary>A prompt of one user turn becomes plain text; a conversation stays a list of messages, and the completions follow suit.</summary>
    public static string Line(JsonElement prompt, IReadOnlyList<(string Name, string Text)> completions, bool? label)
    {
        var plain = IsPlain(prompt);
        return JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            if (plain)
            {
                writer.WriteString("prompt", prompt[0].GetProperty("text").GetString());
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
