using System.Buffers;
using System.IO.Pipelines;
using Dispatch.Contracts;

namespace Dispatch.Server.Import;

/// <summary>One line of a body.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Its bytes without the line end; empty when too long.</param>
/// <param name="TooLong">It was over <see cref="Limits.ImportLineBytes"/> and was skipped without being kept.</param>
internal readonly record struct BodyLine(long Number, ReadOnlyMemory<byte> Bytes, bool TooLong);

/// <summary>Reads lines from a stream with flat memory: CRLF and a byte-order mark are taken, an over-long line is skipped, not buffered.</summary>
internal static class LineReader
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    public static async IAsyncEnumerable<BodyLine> ReadAsync(Stream body, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(body, new StreamPipeReaderOptions(leaveOpen: true, bufferSize: 64 * 1024));
        long number = 0;
        var skipping = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                buffer = buffer.Slice(buffer.GetPosition(1, end));
                number++;
                yield return skipping || line.Length > Limits.ImportLineBytes ? new BodyLine(number, default, TooLong: true) : new BodyLine(number, Trim(line, number), TooLong: false);
                skipping = false;
            }

            if (buffer.Length > Limits.ImportLineBytes)
            {
                skipping = true;
                buffer = buffer.Slice(buffer.End);
            }

            if (read.IsCompleted)
            {
                if (skipping) yield return new BodyLine(number + 1, default, TooLong: true);
                else if (buffer.Length > 0) yield return new BodyLine(number + 1, Trim(buffer, number + 1), TooLong: false);
                yield break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlySequence<byte> line, long number)
    {
        ReadOnlyMemory<byte> bytes = line.ToArray();
        if (number == 1 && bytes.Span.StartsWith(ByteOrderMark)) bytes = bytes[ByteOrderMark.Length..];
        return bytes.Length > 0 && bytes.Span[^1] == (byte)'\r' ? bytes[..^1] : bytes;
    }
}
