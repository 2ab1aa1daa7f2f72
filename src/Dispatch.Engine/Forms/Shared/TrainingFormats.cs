using System.Text.Json;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Lines in the shapes that preference trainers read (TRL dataset formats).</summary>
internal static class TrainingFormats
{
    public const string Preference = "trl-preference";
    public const string Unpaired = "trl-unpaired";

    /// <summary>A prompt of one user turn becomes plain text; a conversation stays a list of messages, and the completions follow suit.</summary>
    public static string Line(JsonElement prompt, IReadOnlyList<(string Name, string Text)> completions, bool? label)
    {
        var plain = prompt.GetArrayLength() == 1 && prompt[0].GetProperty("role").GetString() == "user";
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
