using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Import;

/// <summary>Puts the lines of a body into a batch: in one transaction where they all come in the first chunk, else chunk by chunk.</summary>
internal sealed class Importer(IDispatchStore store, IWorkSignals signals, ChunkReader reader, ImportTally tally, HttpContext context)
{
    private CancellationToken Cancellation => context.RequestAborted;

    /// <summary>The import that is being fed; null as long as nothing of the body was stored.</summary>
    public ImportRecord? Begun { get; private set; }

    /// <summary>A new import, or the one that its operation began before.</summary>
    /// <param name="import">The new one.</param>
    /// <param name="operation">Begins it.</param>
    /// <param name="body">Its lines.</param>
    public async Task<ImportRecord> RunAsync(ImportRecord import, Operation operation, Stream body)
    {
        await using var chunks = reader.ReadAsync(body, Cancellation).GetAsyncEnumerator(Cancellation);
        try
        {
            await chunks.MoveNextAsync();
        }
        catch (Exception failure) when (failure is InvalidDataException or RefusedException)
        {
            // Nothing can be begun with such a body. What its key began before has its own answer.
            Begun = await BegunBeforeAsync(operation);
            if (Begun is { Status: not ImportStatus.Running }) return Begun;
            throw;
        }

        var first = chunks.Current;
        var (outcome, whole) = first.IsEnd
            ? await store.ImportWholeAsync(import with { LinesDone = first.Last, Reading = Reading(first) }, operation, first.Tasks, first.Errors, Cancellation)
            : (await store.BeginImportAsync(import, operation, Cancellation), null);
        var begun = ApiCalls.Reply<CreatedDto>(context, outcome, operation, RefusalCode.UnknownBatch);
        if (whole is not null)
        {
            if (whole.Accepted > 0) signals.TasksCame(whole.BatchId);
            return whole;
        }

        if (outcome.Status == ApplyStatus.Replayed) import = (await store.GetImportAsync(begun.Id, Cancellation))!;
        return import.Status == ImportStatus.Running ? await FeedAsync(import, chunks) : import;
    }

    /// <summary>Goes on with an import that is not at its end.</summary>
    /// <param name="import">The import.</param>
    /// <param name="body">All of its lines, those that are stored too.</param>
    public async Task<ImportRecord> ResumeAsync(ImportRecord import, Stream body)
    {
        Begun = import;
        reader.Skip = import.LinesDone;
        await using var chunks = reader.ReadAsync(body, Cancellation).GetAsyncEnumerator(Cancellation);
        await chunks.MoveNextAsync();
        return await FeedAsync(import, chunks);
    }

    private async Task<ImportRecord?> BegunBeforeAsync(Operation operation)
    {
        if (await store.FindOperationAsync(operation.ActorId, operation.OperationId, Cancellation) is not { } stored) return null;
        var begun = ApiCalls.Reply<CreatedDto>(context, stored.AnswerTo(operation), operation, RefusalCode.UnknownBatch);
        return await store.GetImportAsync(begun.Id, Cancellation);
    }

    private async Task<ImportRecord> FeedAsync(ImportRecord import, IAsyncEnumerator<Chunk> chunks)
    {
        // One chunk is committed while the next is read and bound: database and forms work side by side, and two chunks are all there is in memory.
        Begun = import;
        reader.Skip = import.LinesDone;
        tally.Restore(import.Reading);
        var committed = Task.FromResult(import);
        try
        {
            do
            {
                committed = AppendAsync(await committed, chunks.Current);
            }
            while (!chunks.Current.IsEnd && await chunks.MoveNextAsync());
        }
        catch
        {
            // Whoever sends the file again must find the chunk committed or not begun.
            await Task.WhenAny(committed);
            throw;
        }

        import = await store.FinishImportAsync((await committed).ImportId, Cancellation);

        // The good lines of the other mode were told of chunk by chunk.
        if (import is { Mode: ImportMode.AllOrNothing, Accepted: > 0 }) signals.TasksCame(import.BatchId);
        return import;
    }

    private string Reading(Chunk chunk)
    {
        tally.Add(chunk.Taken);
        return tally.Write();
    }

    private async Task<ImportRecord> AppendAsync(ImportRecord import, Chunk chunk)
    {
        if (chunk.Last <= import.LinesDone) return import;
        var rest = chunk.After(import.LinesDone);
        import = await store.AppendChunkAsync(import.ImportId, import.LinesDone, chunk.Last, rest.Tasks, rest.Errors, Reading(rest), Cancellation);
        if (import.LinesDone != chunk.Last)
        {
            throw Problems.Refuse(409, RefusalCode.InvalidTransition, "Another request is feeding the same import.", "Let it finish, or wait until it is gone, and send the file again with the same Idempotency-Key.");
        }

        if (import.Mode == ImportMode.KeepGood) signals.TasksCame(import.BatchId);
        return import;
    }
}
