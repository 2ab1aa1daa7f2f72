using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Export;

/// <summary>Exports, streamed: the answer to "can I take my data with me" at any size.</summary>
internal static class ExportEndpoints
{
    private static readonly string[] RawFormats = ["jsonl", "csv"];

    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/batches/{batchId:guid}/export", ExportAsync)
        .WithTags("Export")
        .RequireAuthorization(Roles.Producer)
        .WithSummary("Export the answers of a batch: jsonl, csv, trl-preference or trl-unpaired")
        .WithDescription("Streamed in the order of submission. jsonl and csv are the raw log, every answer once, in canonical response keys, with the order shown, times, worker and operation id, project id and version; cells of the csv that a spreadsheet would run as formulas are escaped. The trl formats hold counted answers as training lines; ties make none.");

    private static async Task ExportAsync(Guid batchId, HttpContext context, IDispatchStore store, FormCatalog forms, string format = "jsonl")
    {
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var (project, form) = await ProjectForms.ReadAsync(batch.ProjectId, store, forms, context.RequestAborted);
        string[] formats = [.. RawFormats, .. form.ExportFormats];
        if (!formats.Contains(format))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"There is no export format of that name for the form {project.FormType}.", $"Use one of: {string.Join(", ", formats)}.", "format");
        }

        var rows = store.ExportJudgmentsAsync(batchId, context.RequestAborted);
        var isCsv = format == "csv";
        context.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{batchId:N}.{(isCsv ? "csv" : "jsonl")}\"";
        await (format switch
        {
            "csv" => CsvExport.WriteAsync(context.Response.Body, project, form, rows, context.RequestAborted),
            "jsonl" => JsonLinesExport.WriteRawAsync(context.Response.BodyWriter, project, rows, context.RequestAborted),
            _ => JsonLinesExport.WriteTrainingAsync(context.Response.BodyWriter, form, format, rows, context.RequestAborted),
        });
    }
}
