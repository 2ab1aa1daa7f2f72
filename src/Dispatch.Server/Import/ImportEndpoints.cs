using System.IO.Compression;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace Dispatch.Server.Import;

internal static class ImportEndpoints
{
    private const int PatchLinesMax = 100_000;
    private static readonly string[] ContentTypes = ["application/x-ndjson", "application/jsonl", "application/ndjson"];

    public static void Map(RouteGroupBuilder api)
    {
        var imports = api.MapGroup("").WithTags("Import").RequireAuthorization(Roles.Producer);
        imports.MapPost("/batches/{batchId:guid}/imports", ImportAsync)
            .WithSummary("Import tasks as JSONL, streamed; gzip accepted")
            .WithDescription("mode=keep-good (default) keeps the good lines and reports the bad ones; mode=all-or-nothing stores nothing unless every line is good. Sent again with the same Idempotency-Key, a broken import goes on after the last committed line.");
        imports.MapGet("/imports/{importId:guid}", GetAsync).WithSummary("Read the report of an import");
        imports.MapPatch("/batches/{batchId:guid}/tasks", PatchAsync).WithSummary("Change overlap or priority of tasks by key, one JSON object a line, while the batch is a draft or paused");
    }

    private static async Task<ImportDto> ImportAsync(Guid batchId, HttpContext context, IDispatchStore store, ProjectCatalog catalog, IIdSource ids, IWorkSignals signals, string mode = "keep-good")
    {
        var importMode = mode switch
        {
            "keep-good" => ImportMode.KeepGood,
            "all-or-nothing" => ImportMode.AllOrNothing,
            _ => throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"There is no import mode '{mode}'.", "Use keep-good or all-or-nothing.", "mode"),
        };
        RequireLines(context);
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var project = await catalog.GetProjectAsync(batch.ProjectId) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var import = new ImportRecord { ImportId = ids.NewId(), BatchId = batchId, Mode = importMode };
        var operation = ApiCalls.Operation(context, "import.begin", mode, batchId, new CreatedDto { Id = import.ImportId });
        var outcome = await store.BeginImportAsync(import, operation, context.RequestAborted);
        var begun = ApiCalls.Reply<CreatedDto>(context, outcome, operation, RefusalCode.UnknownBatch);
        import = (await store.GetImportAsync(begun.Id, context.RequestAborted))!;
        if (import.Status != ImportStatus.Running) return Dto(import);

        AllowAnySize(context);
        await using var body = Body(context);
        return Dto(await new Importer(store, signals).RunAsync(import, batch, project.Form, body, context.RequestAborted));
    }

    private static async Task<ImportDto> GetAsync(Guid importId, HttpContext context, IDispatchStore store) =>
        Dto(await store.GetImportAsync(importId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownImport, "import"));

    private static async Task<IReadOnlyList<LineErrorDto>> PatchAsync(Guid batchId, HttpContext context, IDispatchStore store, IWorkSignals signals)
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
        await foreach (var line in LineReader.ReadAsync(body, context.RequestAborted))
        {
            if (patches.Count >= PatchLinesMax) throw Problems.Refuse(413, RefusalCode.PayloadTooLarge, $"There are more than {PatchLinesMax} lines.", "Send them in several calls.");
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
            if (line.TooLong) throw new JsonException();
            using var document = JsonDocument.Parse(line.Bytes);
            var root = document.RootElement;
            int? overlap = root.TryGetProperty("overlap", out var o) ? o.GetInt32() : null;
            int? priority = root.TryGetProperty("priority", out var p) ? p.GetInt32() : null;
            if (overlap is < 1 or > Limits.OverlapMax || priority is < -Limits.PriorityMax or > Limits.PriorityMax)
            {
                errors.Add(new ImportLineError(line.Number, RefusalCode.ValueOutOfRange, $"Overlap is 1 to {Limits.OverlapMax}, priority at most {Limits.PriorityMax} either way.", null));
                return;
            }

            patches.Add(new TaskPatch(line.Number, root.GetProperty("key").GetString() ?? "", overlap, priority));
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

        if (context.Request.Headers.ContentEncoding is [{ } encoding] && encoding is not ("gzip" or "identity"))
        {
            throw Problems.Refuse(415, RefusalCode.UnsupportedMediaType, "The body is compressed in a way this call does not read.", "Use gzip, or none.", "Content-Encoding");
        }
    }

    private static void AllowAnySize(HttpContext context)
    {
        // Lines are bounded one by one and memory is flat, so the file as a whole needs no bound.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
    }

    private static Stream Body(HttpContext context) =>
        context.Request.Headers.ContentEncoding is ["gzip"] ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;

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
    };

    private static LineErrorDto Dto(ImportLineError error) => new() { Line = error.Line, Code = error.Code, Message = error.Message, Place = error.Place };
}
