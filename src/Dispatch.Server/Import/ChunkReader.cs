using System.Runtime.CompilerServices;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Forms;
using Dispatch.Storage;

namespace Dispatch.Server.Import;

/// <summary>Lines that were read and bound, to be stored together.</summary>
/// <param name="Last">Number of the last line read, from 1; 0 of an empty body.</param>
/// <param name="Tasks">Good ones, in order.</param>
/// <param name="Errors">Bad ones, in order.</param>
/// <param name="Taken">The good ones as they were bound, for the report.</param>
/// <param name="IsEnd">The body ends here.</param>
internal sealed record Chunk(long Last, IReadOnlyList<NewTask> Tasks, IReadOnlyList<ImportLineError> Errors, IReadOnlyList<TakenLine> Taken, bool IsEnd)
{
    /// <summary>What of it comes after a line.</summary>
    /// <param name="line">The line.</param>
    public Chunk After(long line) => line == 0 ? this : this with
    {
        Tasks = [.. Tasks.Where(task => task.Line > line)],
        Errors = [.. Errors.Where(error => error.Line > line)],
        Taken = [.. Taken.Where(taken => taken.Line > line)],
    };
}

/// <summary>Reads a body chunk by chunk, each line through the project's form.</summary>
internal sealed class ChunkReader(BatchRecord batch, ICompiledForm form, QualityPolicy quality, ImportLimits limits)
{
    private const int ChunkLines = 2_000;
    private const int ChunkBytes = 4 * 1024 * 1024;

    // Forms read what is bound, which is never deep; a field that nobody bound may hold a tree.
    private static readonly JsonDocumentOptions LineOptions = new() { MaxDepth = LineDiagnosis.DepthMax };

    /// <summary>Lines up to this one are stored already, and are passed by from now on.</summary>
    public long Skip { get; set; }

    /// <summary>The chunks; the last one, which may have no line, says that it is.</summary>
    /// <param name="body">Unpacked lines.</param>
    /// <param name="cancellation">Cancels.</param>
    public async IAsyncEnumerable<Chunk> ReadAsync(Stream body, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (tasks, errors, taken) = (new List<NewTask>(), new List<ImportLineError>(), new List<TakenLine>());
        long bytes = 0, lines = 0, last = 0;
        var start = new BodyStart();
        await foreach (var line in LineReader.ReadAsync(body, limits, start, cancellation))
        {
            start.Check(line);
            last = line.Number;
            if (last <= Skip) continue;
            lines++;
            if (line.TooLong)
            {
                errors.Add(new ImportLineError(last, RefusalCode.PayloadTooLarge, $"The line is over {Limits.ImportLineBytes} bytes.", null));
            }
            else if (!LineReader.IsBlank(line.Bytes.Span))
            {
                Bind(line, tasks, errors, taken);
                bytes += line.Bytes.Length;
            }

            if (lines < ChunkLines && bytes < ChunkBytes) continue;
            yield return new Chunk(last, tasks, errors, taken, IsEnd: false);
            (tasks, errors, taken, bytes, lines) = ([], [], [], 0, 0);
        }

        yield return new Chunk(last, tasks, errors, taken, IsEnd: true);
    }

    private void Bind(BodyLine line, List<NewTask> tasks, List<ImportLineError> errors, List<TakenLine> taken)
    {
        LineBinding bound;
        try
        {
            using var document = JsonDocument.Parse(line.Bytes, LineOptions);
            bound = form.Bind(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            errors.Add(new ImportLineError(line.Number, RefusalCode.NotJson, LineDiagnosis.Of(line.Bytes.Span), null));
            return;
        }

        if (bound.Refusal is { } refusal)
        {
            // Reading checks no bytes within texts; where a line is refused, those are more often the cause than the field that it was noticed in.
            if (!System.Text.Unicode.Utf8.IsValid(line.Bytes.Span))
            {
                errors.Add(new ImportLineError(line.Number, RefusalCode.NotJson, LineDiagnosis.Of(line.Bytes.Span), null));
                return;
            }

            errors.Add(new ImportLineError(line.Number, refusal.Code, $"{refusal.Message} {refusal.Remedy}", refusal.Place));
            return;
        }

        if (bound.KnownAnswer is null && batch.Purpose != BatchPurpose.Work)
        {
            errors.Add(new ImportLineError(line.Number, RefusalCode.BindingMismatch, "Training and exams judge every answer, and the line has no known answer. Give it one in the field that the form binds as known.", null));
            return;
        }

        taken.Add(new TakenLine(line.Number, bound));
        var isGold = bound.KnownAnswer is not null && GoldSelection.IsGold(batch.BatchId, bound.Key, batch.GoldUse, batch.GoldShare);
        var isControl = isGold && batch.GoldUse == GoldUse.Share;
        tasks.Add(new NewTask
        {
            Line = line.Number,
            Key = bound.Key,
            Content = bound.Content,
            KnownAnswer = bound.KnownAnswer,
            IsGold = isGold,
            IsControl = isControl,
            Overlap = isControl ? quality.Gold.ExposuresMax : bound.Overlap ?? batch.Overlap,
            Priority = bound.Priority ?? 0,
        });
    }
}
