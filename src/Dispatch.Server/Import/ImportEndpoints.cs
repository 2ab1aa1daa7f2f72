using System.IO.Compression;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Server.Bounds;
using Dispatch.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Dispatch.Server.Import;

internal static class ImportEndpoints
{
    private static readonly JsonDocumentOptions PatchOptions = new() { MaxDepth = Limits.JsonDepth, AllowDuplicateProperties = false };
    private const string ContentDigest = "Content-Digest";
    private static readonly string[] ContentTypes = ["application/x-ndjson", "application/jsonl", "application/ndjson"];

    public static void Map(RouteGroupBuilder api)
    {
        var imports = api.MapGroup("").WithTags("Import").RequireAuthorization(Roles.Producer);
        imports.MapPost("/batches/{batchId:guid}/imports", ImportAsync)
            .WithSummary("Import tasks as JSONL, streamed; gzip accepted")
            .WithDescription("One JSON object a line, read through the project's binding; Content-Type application/x-ndjson, Content-Encoding gzip if packed. mode=keep-good (default) keeps the good lines and reports the bad ones with their numbers; mode=all-or-nothing stores nothing unless every line is good; goodLinesKept says which it was. A file of another kind (JSON array, CSV, UTF-16, gzip without its header) is refused whole, with the remedy. reading says what the lines that were taken were understood as: known answers (the first ten, and a count by value), ids that were made, and notes. The same file sent again with the same Idempotency-Key, or with importId, goes on after the last committed line of a broken import, and gives the stored report of a finished one. The body streams, so the key stands for what is known before it: batch, mode, Content-Encoding, Content-Length and, if you send it, Content-Digest (RFC 9530; compared with that of the first call, not with the body). The same key with any of them changed is refused with operation_conflict.")
            .Accepts<string>(ContentTypes[0], ContentTypes[1..]);
        imports.MapGet("/imports/{importId:guid}", GetAsync).WithSummary("Read the report of an import")
            .WithDescription($"Its status, its mark (linesDone), its counts, and the first {Limits.ImportErrorsReported} refused lines.");
        imports.MapPatch("/batches/{batchId:guid}/tasks", PatchAsync).WithSummary("Change overlap or priority of tasks by key")
            .WithDescription($"One {{\"key\", \"overlap\"?, \"priority\"?}} a line, at most {Limits.PatchLines} lines, while the batch is a draft or paused. Every line stands alone; those refused are returned. Values are absolute, so a repeat changes nothing.")
            .Accepts<string>(ContentTypes[0], ContentTypes[1..]);
    }

    private static async Task<ImportDto> ImportAsync(Guid batchId, HttpContext context, IDispatchStore store, FormCatalog forms, ImportLimits limits, LongCalls calls, IIdSource ids, IWorkSignals signals, Guid? importId = null, string mode = "keep-good")
    {
        var importMode = mode switch
        {
            "keep-good" => ImportMode.KeepGood,
            "all-or-nothing" => ImportMode.AllOrNothing,
            _ => throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"There is no import mode '{mode}'.", "Use keep-good or all-or-nothing.", "mode"),
        };
        RequireLines(context);
        using var place = calls.TryEnter(LongCall.Import, ApiCalls.Actor(context), out var busy);
        if (place is null) throw new RefusedException(StatusCodes.Status429TooManyRequests, busy!);
        var (batch, project) = await store.GetBatchOfProjectAsync(batchId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownBatch, "batch");
        var form = forms.Compile(project);
        var importer = new Importer(store, signals, new ChunkReader(batch, form, project.Quality, limits), new ImportTally(form), context);
        AllowAnySize(context);
        await using var body = Body(context);
        try
        {
            if (importId is not { } resumed)
            {
                var import = new ImportRecord { ImportId = ids.NewId(), BatchId = batchId, Mode = importMode };
                return Dto(await importer.RunAsync(import, Begin(import, mode, context), body));
            }

            var known = await FindAsync(resumed, batchId, importMode, store, context);
            return Dto(known.Status == ImportStatus.Running ? await importer.ResumeAsync(known, body) : known);
        }
        catch (InvalidDataException)
        {
            throw Problems.Refuse(
                400,
                RefusalCode.MalformedRequest,
                $"The body says that it is gzip, and is not, or breaks off. {Kept(importer)}",
                importer.Begun is { } begun
                    ? $"Send the whole file with importId={begun.ImportId}: it goes on after the last committed line. (The same Idempotency-Key takes the same file only.)"
                    : "Send the whole file again.",
                "Content-Encoding");
        }
        catch (RefusedException refused) when (refused.Refusal.Code == RefusalCode.PayloadTooLarge)
        {
            throw Problems.Refuse(refused.Status, refused.Refusal.Code, $"{refused.Refusal.Message} {Kept(importer)}", refused.Refusal.Remedy);
        }
    }

    private static string Kept(Importer importer) => importer.Begun is null ? "Nothing of it was kept." : "Chunks that were read before are kept.";

    private static Operation Begin(ImportRecord import, string mode, HttpContext context)
    {
        // The body streams past and cannot be hashed before its first lines are committed: what is known of it beforehand must stand for it.
        var identity = new
        {
            mode,
            encoding = IsGzip(context) ? "gzip" : "identity",
            length = context.Request.ContentLength,
            digest = context.Request.Headers[ContentDigest] is [{ } digest] ? digest : null,
        };
        return ApiCalls.Operation(context, "import.begin", identity, import.BatchId, new CreatedDto { Id = import.ImportId });
    }

    private static async Task<ImportRecord> FindAsync(Guid importId, Guid batchId, ImportMode mode, IDispatchStore store, HttpContext context)
    {
        var import = await store.GetImportAsync(importId, context.RequestAborted);
        if (import is null || import.BatchId != batchId) throw Problems.NotFound(RefusalCode.UnknownImport, "import");
        return import.Mode == mode || !context.Request.Query.ContainsKey("mode")
            ? import
            : throw Problems.Refuse(409, RefusalCode.OperationConflict, "The import was begun in the other mode.", "Leave the mode out, or begin a new import.", "mode");
    }

    private static async Task<ImportDto> GetAsync(Guid importId, HttpContext context, IDispatchStore store) =>
        Dto(await store.GetImportAsync(importId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownImport, "import"));

    private static async Task<IReadOnlyList<LineErrorDto>> PatchAsync(Guid batchId, HttpContext context, IDispatchStore store, ImportLimits limits, IWorkSignals signals)
    {
        RequireLines(context);
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        if (batch.Status is not (BatchStatus.Draft or BatchStatus.Paused))
        {
            throw Problems.Refuse(409, RefusalCode.InvalidTransition, "Tasks can only be changed while their batch is a draft or paused.", "Pause the batch first.");
        }

        AllowAnySize(context);
        List<TaskPatch> patches = [];
        List<ImportLineError> errors = [];
        await using var body = Body(context);
        await foreach (var line in LineReader.ReadAsync(body, limits, start: null, context.RequestAborted))
        {
            if (patches.Count >= Limits.PatchLines) throw Problems.Refuse(413, RefusalCode.PayloadTooLarge, $"There are more than {Limits.PatchLines} lines.", "Send them in several calls.");
            ReadPatch(line, patches, errors);
        }

        errors.AddRange(await store.PatchTasksAsync(batchId, patches, context.RequestAborted));
        signals.BatchChanged(batch.ProjectId, batchId);
        return [.. errors.OrderBy(error => error.Line).Select(Dto)];
    }

    private static void ReadPatch(BodyLine line, List<TaskPatch> patches, List<ImportLineError> errors)
    {
        try
        {
            if (line.TooLong)
            {
                errors.Add(new ImportLineError(line.Number, RefusalCode.PayloadTooLarge, $"The line is over {Limits.ImportLineBytes} bytes.", null));
                return;
            }

            if (LineReader.IsBlank(line.Bytes.Span)) return;
            using var document = JsonDocument.Parse(line.Bytes, PatchOptions);
            var root = document.RootElement;
            if (root.EnumerateObject().FirstOrDefault(member => member.Name is not ("key" or "overlap" or "priority")) is { Value.ValueKind: not JsonValueKind.Undefined } other)
            {
                errors.Add(new ImportLineError(line.Number, RefusalCode.MalformedRequest, "Only key, overlap and priority are taken here.", other.Name.Length <= Limits.NameCharacters ? $"$.{other.Name}" : "$"));
                return;
            }

            int? overlap = root.TryGetProperty("overlap", out var o) ? o.GetInt32() : null;
            int? priority = root.TryGetProperty("priority", out var p) ? p.GetInt32() : null;
            if (overlap is < 1 or > Limits.OverlapMax || priority is < -Limits.PriorityMax or > Limits.PriorityMax)
            {
                errors.Add(new ImportLineError(line.Number, RefusalCode.ValueOutOfRange, $"Overlap is 1 to {Limits.OverlapMax}, priority at most {Limits.PriorityMax} either way.", null));
                return;
            }

            var key = root.GetProperty("key").ValueKind == JsonValueKind.Number ? root.GetProperty("key").GetRawText() : root.GetProperty("key").GetString();
            if (key is not { Length: > 0 and <= Limits.TaskKeyCharacters } || !StorableText.Is(key))
            {
                errors.Add(new ImportLineError(line.Number, RefusalCode.ValueOutOfRange, $"A key is text of 1 to {Limits.TaskKeyCharacters} characters.", "$.key"));
                return;
            }

            patches.Add(new TaskPatch(line.Number, key, overlap, priority));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            errors.Add(new ImportLineError(line.Number, RefusalCode.NotJson, "The line is not {\"key\": …, \"overlap\": …, \"priority\": …}.", null));
        }
    }

    private static void RequireLines(HttpContext context)
    {
        var type = context.Request.ContentType?.Split(';')[0].Trim();
        if (!ContentTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
        {
            throw Problems.Refuse(415, RefusalCode.UnsupportedMediaType, "The body is not declared as JSON lines.", "Send Content-Type: application/x-ndjson.", "Content-Type");
        }

        if (context.Request.Headers.ContentEncoding is not [] and not ["identity"] && !IsGzip(context))
        {
            throw Problems.Refuse(415, RefusalCode.UnsupportedMediaType, "The body is compressed in a way this call does not read.", "Use gzip, or none.", "Content-Encoding");
        }
    }

    private static void AllowAnySize(HttpContext context)
    {
        // Lines are bounded one by one and memory is flat, so the file as a whole needs no bound.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
    }

    private static bool IsGzip(HttpContext context) =>
        context.Request.Headers.ContentEncoding is [{ } encoding] && encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase);

    private static Stream Body(HttpContext context) =>
        IsGzip(context) ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;

    private static ImportDto Dto(ImportRecord import) => new()
    {
        ImportId = import.ImportId,
        Status = JsonNamingPolicy.SnakeCaseLower.ConvertName(import.Status.ToString()),
        Mode = JsonNamingPolicy.SnakeCaseLower.ConvertName(import.Mode.ToString()),
        GoodLinesKept = import.Mode == ImportMode.KeepGood || import.Status == ImportStatus.Completed,
        LinesDone = import.LinesDone,
        Accepted = import.Accepted,
        Refused = import.Refused,
        Errors = [.. import.Errors.Select(Dto)],
        Reading = ImportTally.Read(import.Reading),
    };

    private static LineErrorDto Dto(ImportLineError error) => new() { Line = error.Line, Code = error.Code, Message = error.Message, Place = error.Place };
}
