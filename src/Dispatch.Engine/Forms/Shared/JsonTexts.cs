using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Text in and out of JSON, with what cannot be stored kept out.</summary>
internal static class JsonTexts
{
    // Prompts are full of quotes and other scripts: escaping them all would double the payload. The text goes into JSON, never into HTML.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int ScratchBytesMax = 64 * 1024;

    [ThreadStatic]
    private static Scratch? t_scratch;

    /// <summary>The string, unless it holds U+0000 (no PostgreSQL text can) or half a surrogate pair (no UTF-8 can).</summary>
    public static bool TryGet(JsonElement value, out string text)
    {
        text = "";
        if (value.ValueKind != JsonValueKind.String) return false;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        return CanBeStored(text);
    }

    /// <summary>The name of a member, unless it holds U+0000 or half a surrogate pair, of which no string can be made.</summary>
    public static bool TryName(JsonProperty member, out string name)
    {
        name = "";
        try
        {
            name = member.Name;
        }
        catch (InvalidOperationException)
        {
            return false;
        }

        return CanBeStored(name);
    }

    /// <summary>Whether the text holds neither U+0000 nor half a surrogate pair.</summary>
    public static bool CanBeStored(string text) => StorableText.Is(text);

    /// <summary>Text that a person sent, short enough to stand in a message about it.</summary>
    public static string Quote(string text) => QuotedText.Of(text);

    /// <summary>A value that somebody sent, as it may stand in a message: text without its quotes, everything else as JSON. What is no text keeps its escapes.</summary>
    public static string Quote(JsonElement value)
    {
        try
        {
            return QuotedText.Of(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
        }
        catch (InvalidOperationException)
        {
            return QuotedText.Of(value.GetRawText().Trim('"'));
        }
    }

    /// <summary>The same as <see cref="TryName"/>; null where there is none.</summary>
    public static string? NameOf(JsonProperty member) => TryName(member, out var name) ? name : null;

    public static string Write(Action<Utf8JsonWriter> write)
    {
        // One writer a thread: every push and every submit writes one small document. Taken out while in use, so a nested call gets its own.
        var scratch = t_scratch ?? new Scratch();
        t_scratch = null;
        scratch.Buffer.ResetWrittenCount();
        scratch.Writer.Reset(scratch.Buffer);
        write(scratch.Writer);
        scratch.Writer.Flush();
        var text = Encoding.UTF8.GetString(scratch.Buffer.WrittenSpan);
        if (scratch.Buffer.Capacity <= ScratchBytesMax) t_scratch = scratch;
        return text;
    }

    private sealed class Scratch
    {
        public Scratch() => Writer = new Utf8JsonWriter(Buffer, Options);

        public ArrayBufferWriter<byte> Buffer { get; } = new(2_048);

        public Utf8JsonWriter Writer { get; }
    }
}
