using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Import;

/// <summary>Streams lines into a batch, chunk by chunk.</summary>
internal sealed class Importer(IDispatchStore store, IWorkSignals signals, ImportLimits limits)
{
    private const int ChunkLines = 2_000;
    private const int ChunkBytes = 4 * 1024 * 1024;
    private static readonly JsonDocumentOptions LineOptions = new() { MaxDepth = Limits.JsonDepth };

    public async Task<ImportRecord> RunAsync(ImportRecord import, BatchRecord batch, ICompiledForm form, QualityPolicy quality, Stream body, CancellationToken cancellation)
    {
        // One chunk is committed while the next is read and bound: database and forms work side by side, and two chunks are all there is in memory.
        var (tasks, errors) = (new List<NewTask>(), new List<ImportLineError>());
        var committed = Task.FromResult(import);
        long bytes = 0, first = import.LinesDone, begun = import.LinesDone, last = import.LinesDone;
        try
        {
            await foreach (var line in LineReader.ReadAsync(body, limits, cancellation))
            {
                if (line.Number <= first) continue;
                last = line.Number;
                if (line.TooLong)
                {
                    errors.Add(new ImportLineError(line.Number, RefusalCode.PayloadTooLarge, $"The line is over {Limits.ImportLineBytes} bytes.", null));
                }
                else if (!IsBlank(line.Bytes.Span))
                {
                    Bind(line, batch, form, quality, tasks, errors);
                    bytes += line.Bytes.Length;
                }

                if (last - begun < ChunkLines && bytes < ChunkBytes) continue;
                committed = AppendAsync(await committed, batch, last, tasks, errors, cancellation);
                (tasks, errors, bytes, begun) = ([], [], 0, last);
            }
        }
        catch
        {
            // Whoever sends the file again must find the chunk committed or not begun.
            await Task.WhenAny(committed);
            throw;
        }

        import = await committed;
        if (last > import.LinesDone) import = await AppendAsync(import, batch, last, tasks, errors, cancellation);
        import = await store.FinishImportAsync(import.ImportId, cancellation);
        signals.BatchChanged(batch.ProjectId, batch.BatchId);
        return import;
    }

    private async Task<ImportRecord> AppendAsync(ImportRecord import, BatchRecord batch, long linesDone, List<NewTask> tasks, List<ImportLineError> errors, CancellationToken cancellation)
    {
        import = await store.AppendChunkAsync(import.ImportId, import.LinesDone, linesDone, tasks, errors, cancellation);
        if (import.LinesDone != linesDone)
        {
            throw Api.Problems.Refuse(409, RefusalCode.InvalidTransition, "Another request is feeding the same import.", "Let it finish, or wait until it is gone, and send the file again with the same Idempotency-Key.");
        }

        if (import.Mode == ImportMode.KeepGood) signals.BatchChanged(batch.ProjectId, batch.BatchId);
        return import;
    }

    private static void Bind(BodyLine line, BatchRecord batch, ICompiledForm form, QualityPolicy quality, List<NewTask> tasks, List<ImportLineError> errors)
    {
        LineBinding bound;
        try
        {
            using var document = JsonDocument.Parse(line.Bytes, LineOptions);
            bound = form.Bind(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            errors.Add(new ImportLineError(line.Number, RefusalCode.NotJson, $"The line is not one JSON value in UTF-8, or is nested over {Limits.JsonDepth} levels.", null));
            return;
        }

        if (bound.Refusal is { } refusal)
        {
            errors.Add(new ImportLineError(line.Number, refusal.Code, $"{refusal.Message} {refusal.Remedy}", refusal.Place));
            return;
        }

        if (bound.KnownAnswer is null && batch.Purpose != BatchPurpose.Work)
        {
            errors.Add(new ImportLineError(line.Number, RefusalCode.BindingMismatch, "Training and exams judge every answer, and the line has no known answer. Give it one in the field that the form binds as known.", null));
            return;
        }

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

    internal static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0;
}
