using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Export;

/// <summary>Exports, streamed: the answer to "can I take my data with me" at any size.</summary>
internal static class ExportEndpoints
{
    private static readonly string[] Formats = ["jsonl", "csv", "trl-preference", "trl-unpaired"];
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/batches/{batchId:guid}/export", ExportAsync)
        .WithTags("Export")
        .RequireAuthorization(Roles.Producer)
        .WithSummary("Export the answers of a batch: jsonl, csv, trl-preference or trl-unpaired");

    private static async Task ExportAsync(Guid batchId, HttpContext context, IDispatchStore store, ProjectCatalog catalog, string format = "jsonl")
    {
        if (!Formats.Contains(format)) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"There is no export format '{format}'.", $"Use one of: {string.Join(", ", Formats)}.", "format");
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var project = await catalog.GetProjectAsync(batch.ProjectId) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var rows = store.ExportJudgmentsAsync(batchId, context.RequestAborted);
        context.Response.ContentType = format == "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{batchId:N}.{(format == "csv" ? "csv" : "jsonl")}\"";
        switch (format)
        {
            case "csv":
                await WriteCsvAsync(context, project, rows);
                break;
            case "jsonl":
                await foreach (var row in rows) await WriteLineAsync(context, Json(project, row));
                break;
            default:
                await foreach (var row in rows)
                {
                    if (!row.Counted) continue;
                    foreach (var line in project.Form.ExportTraining(format, row.Content, row.Answer)) await WriteLineAsync(context, System.Text.Encoding.UTF8.GetBytes(line));
                }

                break;
        }
    }

    private static async Task WriteLineAsync(HttpContext context, byte[] line)
    {
        await context.Response.Body.WriteAsync(line, context.RequestAborted);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }

    private static byte[] Json(ProjectView project, JudgmentRow row)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("task_key", row.TaskKey);
            writer.WriteString("assignment_id", row.AssignmentId);
            writer.WriteString("worker_id", row.WorkerId);
            writer.WritePropertyName("answer");
            writer.WriteRawValue(row.Answer);
            writer.WriteBoolean("counted", row.Counted);
            writer.WriteBoolean("is_gold", row.IsGold);
            writer.WritePropertyName("known_answer");
            writer.WriteRawValue(row.KnownAnswer ?? "null");
            writer.WriteStartArray("order_shown");
            foreach (var response in row.Presentation) writer.WriteNumberValue(response);
            writer.WriteEndArray();
            writer.WriteString("offered_at", row.OfferedAt);
            if (row.ShownAt is { } shown) writer.WriteString("shown_at", shown);
            else writer.WriteNull("shown_at");
            writer.WriteString("submitted_at", row.SubmittedAt);
            writer.WriteNumber("handling_ms", (long)row.Handling.TotalMilliseconds);
            writer.WriteString("operation_id", row.OperationId);
            writer.WriteString("project_id", project.Record.ProjectId);
            writer.WriteNumber("project_version", project.Record.Version);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static async Task WriteCsvAsync(HttpContext context, ProjectView project, IAsyncEnumerable<JudgmentRow> rows)
    {
        // A cell that starts like a formula would be run by a spreadsheet: it is escaped, not trusted.
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.Escape };
        await using var text = new StreamWriter(context.Response.Body, leaveOpen: true);
        await using var csv = new CsvWriter(text, configuration);
        string[] columns = ["task_key", "assignment_id", "worker_id", .. project.Form.ExportColumns, "counted", "is_gold", "order_shown", "offered_at", "shown_at", "submitted_at", "handling_ms", "project_id", "project_version"];
        foreach (var column in columns) csv.WriteField(column);
        await csv.NextRecordAsync();
        await foreach (var row in rows)
        {
            csv.WriteField(row.TaskKey);
            csv.WriteField(row.AssignmentId);
            csv.WriteField(row.WorkerId);
            foreach (var value in project.Form.ExportValues(row.Answer)) csv.WriteField(value);
            csv.WriteField(row.Counted);
            csv.WriteField(row.IsGold);
            csv.WriteField(string.Join(' ', row.Presentation));
            csv.WriteField(row.OfferedAt.ToString("O", CultureInfo.InvariantCulture));
            csv.WriteField(row.ShownAt?.ToString("O", CultureInfo.InvariantCulture));
            csv.WriteField(row.SubmittedAt.ToString("O", CultureInfo.InvariantCulture));
            csv.WriteField((long)row.Handling.TotalMilliseconds);
            csv.WriteField(project.Record.ProjectId);
            csv.WriteField(project.Record.Version);
            await csv.NextRecordAsync();
            await csv.FlushAsync();
        }
    }
}
