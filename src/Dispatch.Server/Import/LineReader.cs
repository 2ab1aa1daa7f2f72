using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Dispatch.Contracts;
using Dispatch.Server.Api;

namespace Dispatch.Server.Import;

/// <summary>One line of a body.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Its bytes without the line end, good until the next line is asked for; empty when too long.</param>
/// <param name="TooLong">It was over <see cref="Limits.ImportLineBytes"/> and was skipped without being kept.</param>
internal readonly record struct BodyLine(long Number, ReadOnlyMemory<byte> Bytes, bool TooLong);

/// <summary>Reads lines from a stream with flat memory: CRLF is taken, and a byte-order mark at the start of any line (files of Windows joined into one hold one each), an over-long line is skipped, not buffered.</summary>
internal static class LineReader
{
    private const int BufferBytes = 64 * 1024;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    public static async IAsyncEnumerable<BodyLine> ReadAsync(Stream body, ImportLimits limits, BodyStart? start, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(body, new StreamPipeReaderOptions(leaveOpen: true, bufferSize: BufferBytes));
        var spill = new ArrayBufferWriter<byte>();
        try
        {
            long number = 0, bytes = 0;
            var skipping = false;
            while (true)
            {
                var read = await reader.ReadAsync(cancellation);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    Count(ref number, ref bytes, line.Length + 1, limits);
                    yield return skipping || line.Length > Limits.ImportLineBytes ? new BodyLine(number, default, TooLong: true) : new BodyLine(number, Trim(line, spill), TooLong: false);
                    skipping = false;
                }

                if (buffer.Length > Limits.ImportLineBytes || (skipping && !buffer.IsEmpty))
                {
                    // A list in one line says so in its first bytes; nobody need read the rest of it.
                    if (!skipping && number == 0) start?.CheckLong(buffer.FirstSpan);
                    skipping = true;
                    bytes += buffer.Length;
                    RefuseOver(bytes, number, limits);
                    buffer = buffer.Slice(buffer.End);
                }

                if (read.IsCompleted)
                {
                    if (!skipping && buffer.IsEmpty) yield break;
                    Count(ref number, ref bytes, buffer.Length, limits);
                    yield return skipping ? new BodyLine(number, default, TooLong: true) : new BodyLine(number, Trim(buffer, spill), TooLong: false);
                    yield break;
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    public static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0;

    private static void Count(ref long number, ref long bytes, long length, ImportLimits limits)
    {
        number++;
        bytes += length;
        RefuseOver(bytes, number, limits);
    }

    private static void RefuseOver(long bytes, long lines, ImportLimits limits)
    {
        if (bytes > limits.Bytes || lines > limits.Lines)
        {
            throw Problems.Refuse(413, RefusalCode.PayloadTooLarge, $"The body unpacks to more than {limits.Bytes} bytes or {limits.Lines} lines.", "Split the file, and send the parts in calls of their own.");
        }
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlySequence<byte> line, ArrayBufferWriter<byte> spill)
    {
        var bytes = line.First;
        if (!line.IsSingleSegment)
        {
            spill.ResetWrittenCount();
            foreach (var segment in line) spill.Write(segment.Span);
            bytes = spill.WrittenMemory;
        }

        if (bytes.Span.StartsWith(ByteOrderMark)) bytes = bytes[ByteOrderMark.Length..];
        return bytes.Length > 0 && bytes.Span[^1] == (byte)'\r' ? bytes[..^1] : bytes;
    }
}
