using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dispatch.LoadTests;

/// <summary>Made-up tasks: a prompt and two answers of about the length of a paragraph each. The longer one is the better one.</summary>
internal static class Work
{
    /// <summary>What stands before the time a task was put in, in its prompt.</summary>
    private const string Mark = "[put in at ";

    public static readonly string Paragraph = string.Join(' ', Enumerable.Repeat("A sentence of some length that says nothing in particular.", 6));
    private static readonly string Better = Paragraph + " And one more.";

    /// <summary>What a worker is shown of a task.</summary>
    public static string Shown(string prompt) => JsonSerializer.Serialize(new
    {
        prompt = new[] { new { role = "user", text = prompt } },
        context = new { },
        responses = new[] { new { key = "1", text = Paragraph }, new { key = "2", text = Better } },
    });

    public static string Shown() => Shown(Paragraph);

    public static string Binding => """{"id":"id","prompt":"prompt","responses":["a","b"],"known":"known"}""";

    public static string RecordedBinding => """{"id":"task_id","prompt":"prompt","responses":["response_a","response_b"],"known":"gold"}""";

    /// <summary>The lines of an import, made while they are sent.</summary>
    public static Stream Lines(int first, int count) => new LineStream(first, count, stamped: false);

    /// <summary>The same, with the time in the prompt.</summary>
    public static Stream StampedLines(int first, int count) => new LineStream(first, count, stamped: true);

    public static string Line(int id, bool stamped)
    {
        var longerFirst = (id & 1) == 0;
        return JsonSerializer.Serialize(new
        {
            id = id.ToString(CultureInfo.InvariantCulture),
            prompt = stamped ? Stamp() + Paragraph : Paragraph,
            a = longerFirst ? Better : Paragraph,
            b = longerFirst ? Paragraph : Better,
            known = longerFirst ? "a" : "b",
        });
    }

    public static string Stamp() => $"{Mark}{System.Diagnostics.Stopwatch.GetTimestamp()}] ";

    /// <summary>When a task was put in, by its content; null when it does not say.</summary>
    public static long? StampOf(string? content)
    {
        var at = content?.IndexOf(Mark, StringComparison.Ordinal) ?? -1;
        if (at < 0) return null;
        var from = at + Mark.Length;
        return long.Parse(content.AsSpan(from, content!.IndexOf(']', from) - from), CultureInfo.InvariantCulture);
    }

    private sealed class LineStream(int first, int count, bool stamped) : Stream
    {
        private byte[] _chunk = [];
        private int _at;
        private int _next;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int length)
        {
            const int LinesPerChunk = 64;
            if (_at == _chunk.Length)
            {
                var text = new StringBuilder();
                for (var i = 0; i < LinesPerChunk && _next < count; i++) text.Append(Line(first + _next++, stamped)).Append('\n');
                (_chunk, _at) = (Encoding.UTF8.GetBytes(text.ToString()), 0);
            }

            var copied = Math.Min(length, _chunk.Length - _at);
            Array.Copy(_chunk, _at, buffer, offset, copied);
            _at += copied;
            return copied;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
