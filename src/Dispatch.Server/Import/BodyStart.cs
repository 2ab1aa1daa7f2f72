using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Server.Api;

namespace Dispatch.Server.Import;

/// <summary>
/// Looks at the first line of a body that holds anything, before any line of it is committed: a file of another kind is refused whole, with the remedy, instead of line by line up to a
/// thousand times. Of a list with one element a line the last one would even have been taken.
/// </summary>
internal sealed class BodyStart
{
    private bool _isKnown;

    /// <summary>Refuses the body when its first line says what it is, and that is not JSON lines.</summary>
    /// <param name="line">The next line.</param>
    public void Check(BodyLine line)
    {
        if (_isKnown || (!line.TooLong && LineReader.IsBlank(line.Bytes.Span))) return;
        _isKnown = true;
        if (!line.TooLong && Fault(line.Bytes.Span) is { } fault) throw Refused(fault, line.Number);
    }

    /// <summary>The same of a first line that is too long to be kept.</summary>
    /// <param name="start">Its first bytes.</param>
    public void CheckLong(ReadOnlySpan<byte> start)
    {
        _isKnown = true;
        if (Bytes(start) is { } fault) throw Refused(fault, 1);
    }

    private static RefusedException Refused((string Message, string Remedy) fault, long line) =>
        Problems.Refuse(400, RefusalCode.NotJson, fault.Message, fault.Remedy, $"line {line}");

    private static (string Message, string Remedy)? Fault(ReadOnlySpan<byte> line)
    {
        if (Bytes(line) is { } known) return known;
        var text = line[line.IndexOfAnyExcept((byte)' ', (byte)'\t')..];
        if (text[0] == '{')
        {
            return IsBegun(text)
                ? ("The body is JSON spread over several lines: its first line begins an object that does not end there.", "Write one object a line: jq -c . FILE (jq -c '.rows[]' FILE, if a member holds the list).")
                : null;
        }

        return IsHeader(text)
            ? ("The body looks like a table (CSV), whose first line names columns.", "Convert it: python3 -c 'import csv,json,sys; [print(json.dumps(row)) for row in csv.DictReader(sys.stdin)]' < FILE.")
            : null;
    }

    /// <summary>What the first bytes say by themselves.</summary>
    private static (string Message, string Remedy)? Bytes(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return ("The body is gzip, and the call does not say so.", "Send the header Content-Encoding: gzip.");
        if (line.StartsWith("PK\u0003\u0004"u8)) return ("The body is a ZIP file.", "Unpack it, and send the JSON lines in it.");
        if (line.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])) return ("The body is packed with zstd.", "Unpack it, or pack it with gzip and send Content-Encoding: gzip.");
        if (line.StartsWith("PAR1"u8)) return ("The body is a Parquet file.", "Convert it: python3 -c 'import pandas,sys; pandas.read_parquet(sys.argv[1]).to_json(sys.argv[2], orient=\"records\", lines=True)' FILE OUT.jsonl.");
        if (line.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || line.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || line[..Math.Min(line.Length, 4)].Contains((byte)0))
        {
            return ("The body is UTF-16, or is no text at all: its first characters hold NUL bytes or a UTF-16 byte-order mark.", "Convert it to UTF-8: iconv -f UTF-16 -t UTF-8 FILE.");
        }

        return line[line.IndexOfAnyExcept((byte)' ', (byte)'\t') is var first && first < 0 ? 0 : first] == '['
            ? ("The body is a JSON array, and this call takes one object a line.", "Take it apart: jq -c '.[]' FILE > FILE.jsonl.")
            : null;
    }

    /// <summary>Whether the line is the sound beginning of an object: nothing wrong with it but that it stops between two values.</summary>
    private static bool IsBegun(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = LineDiagnosis.DepthMax }));
            while (reader.Read())
            {
            }

            return reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0) > 0
                && text[(int)reader.BytesConsumed..].IndexOfAnyExcept(" \t\r,"u8) < 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether the line is names with commas, semicolons or tabs between them.</summary>
    private static bool IsHeader(ReadOnlySpan<byte> text)
    {
        foreach (var between in (char[])[',', ';', '\t'])
        {
            string[] cells = Encoding.UTF8.GetString(text).Split(between);
            if (cells.Length >= 2 && Array.TrueForAll(cells, IsName)) return true;
        }

        return false;
    }

    private static bool IsName(string cell)
    {
        var name = cell.Trim().Trim('"');
        return name.Length is > 0 and <= 60 && !name.All(char.IsAsciiDigit) && name.All(letter => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '.' or ' ' or ':');
    }
}
