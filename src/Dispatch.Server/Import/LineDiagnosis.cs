using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Dispatch.Server.Import;

/// <summary>Says of a line that is not JSON what it looks like, and where. Asked for bad lines only, so it may look twice.</summary>
internal static class LineDiagnosis
{
    /// <summary>Nesting of one line. Reading is no recursion, so it costs nothing but the line's own length.</summary>
    public const int DepthMax = 1_000;

    private static readonly string[] Numbers = ["NaN", "Infinity", "-Infinity"];
    private static readonly string[] PythonWords = ["None", "True", "False", "undefined"];

    /// <summary>What is wrong with it, and what to do.</summary>
    /// <param name="line">The line, which could not be read.</param>
    public static string Of(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line)) return $"The line is not UTF-8, from byte {FirstInvalid(line) + 1} on. Convert the file to UTF-8.";
        if (line.Contains((byte)0)) return $"The line holds a NUL byte, at byte {line.IndexOf((byte)0) + 1}: it is UTF-16, or no text. Convert the file to UTF-8.";
        var (at, isDeep) = FirstFault(line);
        if (isDeep) return $"The line is nested over {DepthMax.ToString(CultureInfo.InvariantCulture)} levels, at {Place(line, at)}. Flatten it.";
        return $"The line is not one JSON value: {Look(line, at)}";
    }

    private static string Look(ReadOnlySpan<byte> line, int at)
    {
        var rest = line[Math.Min(at, line.Length)..];
        var trimmed = line.TrimEnd(" \t"u8);
        if (line.Trim(" \t"u8) is [(byte)']' or (byte)'}'] or [(byte)']' or (byte)'}', (byte)','])
        {
            return "it only closes what an earlier line opened. Write one object a line: jq -c '.[]' FILE.";
        }

        if (at >= trimmed.Length && !trimmed.IsEmpty)
        {
            return trimmed[^1] == ','
                ? $"it ends with a comma, as an element of a list does, at {Place(line, trimmed.Length - 1)}. Write one object a line: jq -c '.[]' FILE."
                : $"it stops in the middle, after {Place(line, trimmed.Length - 1)}. It was cut, or goes on in the next line; write one object a line.";
        }

        if (rest.Length > 0 && rest[0] == ',' && rest[1..].Trim(" \t"u8).IsEmpty) return $"it ends with a comma, as an element of a list does, at {Place(line, at)}. Write one object a line: jq -c '.[]' FILE.";
        if (rest.Length > 0 && rest[0] is (byte)'{' or (byte)'[' && IsWhole(line[..at])) return $"a second value begins at {Place(line, at)}. Put each on a line of its own.";
        foreach (var word in Numbers) if (Stands(line, at, word)) return $"{word} at {Place(line, at)} is no JSON. Write null, or leave the member out.";
        foreach (var word in PythonWords) if (Stands(line, at, word)) return $"{word} at {Place(line, at)} is a word of a programming language. Write it as JSON (json.dumps in Python): null, true or false.";
        if (rest.Length > 0 && rest[0] == '\'') return $"a text in single quotes begins at {Place(line, at)}. Write it as JSON (json.dumps in Python), in double quotes.";
        if (rest.Length > 0 && rest[0] is (byte)'/' or (byte)'#') return $"a comment begins at {Place(line, at)}, and JSON has none. Leave it out.";
        if (rest.Length > 0 && rest[0] is (byte)'}' or (byte)']' && line[..at].TrimEnd(" \t"u8) is [.., (byte)',']) return $"a comma stands before the closing bracket at {Place(line, at)}. Leave it out.";
        if (rest.Length > 0 && rest[0] < 0x20) return $"a control character (U+{((int)rest[0]).ToString("X4", CultureInfo.InvariantCulture)}) stands in a text, at {Place(line, at)}. Escape it, as \\t or \\u0009.";
        if (IsTable(line)) return "it looks like a line of a table (CSV). Convert the file to one JSON object a line.";
        return $"{Sign(rest)} at {Place(line, at)} is not what can stand there.";
    }

    private static bool IsTable(ReadOnlySpan<byte> line) => line.TrimStart(" \t"u8) is [not (byte)'{', ..] && line.Count((byte)',') + line.Count((byte)'\t') >= 1 && !line.Contains((byte)'{');

    private static string Sign(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return "the end";
        Rune.DecodeFromUtf8(rest, out var rune, out _);
        return Rune.IsControl(rune) ? $"U+{rune.Value.ToString("X4", CultureInfo.InvariantCulture)}" : $"'{rune}'";
    }

    /// <summary>Whether a word stands at the place, or so near before it that the reader had already begun it.</summary>
    private static bool Stands(ReadOnlySpan<byte> line, int at, string word)
    {
        var from = Math.Max(0, at - word.Length + 1);
        var found = line[from..Math.Min(line.Length, at + word.Length)].IndexOf(Encoding.ASCII.GetBytes(word));
        return found >= 0 && from + found <= at;
    }

    private static (int At, bool IsDeep) FirstFault(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            while (reader.Read())
            {
            }

            return (line.Length, false);
        }
        catch (JsonException failure)
        {
            var isDeep = reader.CurrentDepth >= DepthMax - 1;
            return ((int)(failure.BytePositionInLine ?? reader.BytesConsumed), isDeep);
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> start)
    {
        try
        {
            var reader = new Utf8JsonReader(start, new JsonReaderOptions { MaxDepth = DepthMax });
            return reader.Read() && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> line)
    {
        var at = 0;
        while (at < line.Length && Rune.DecodeFromUtf8(line[at..], out _, out var length) == System.Buffers.OperationStatus.Done) at += length;
        return at;
    }

    private static string Place(ReadOnlySpan<byte> line, int at)
    {
        var column = Encoding.UTF8.GetCharCount(line[..Math.Min(at, line.Length)]) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"column {column}");
    }
}
