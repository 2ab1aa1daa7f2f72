using System.Globalization;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Server.Api;
using Dispatch.Server.Bounds;
using Dispatch.Storage;

namespace Dispatch.Server.Export;

/// <summary>Exports, streamed: the answer to "can I take my data with me" at any size.</summary>
internal static class ExportEndpoints
{
    private static readonly string[] RawFormats = ["jsonl", "csv"];
    private static readonly SortedDictionary<string, TrainingShape?> Shapes = new(StringComparer.Ordinal)
    {
        ["auto"] = null,
        ["conversational"] = TrainingShape.Conversational,
        ["plain"] = TrainingShape.Plain,
    };

    public static void Map(RouteGroupBuilder api) => api
        .MapGet("/batches/{batchId:guid}/export", ExportAsync)
        .WithTags("Export")
        .RequireAuthorization(Roles.Producer)
        .WithSummary("Export the answers of a batch: jsonl, csv, aggregated, trl-preference, trl-unpaired or trl-stepwise")
        .WithDescription("Streamed. jsonl and csv, in the order of submission, are the raw log, every answer once, in canonical response keys, with what a reviewer made of it (fixed_answer), the order shown, times, worker and operation id, project id and version; cells of the csv that a spreadsheet would run as formulas, and those that begin with an apostrophe, have an apostrophe put before them (take one leading apostrophe off to undo it), and bom=true puts a byte-order mark first, by which Excel knows UTF-8. aggregated is one line a task: what its counted answers, as reviewers corrected them, say together, by which method, and how sure that is (majority, median, Borda; confidence is a share or a mean agreement, not a probability). The trl formats hold counted answers, corrected ones as corrected, as training lines; ties and completions without a word make none, and not every form has each of them. All lines of a trl file have one shape (shape=auto): messages as soon as the prompt of one judged task is a conversation, else text; shape=conversational and shape=plain decide it beforehand, and a conversation as text has each turn behind its role. The headers Dispatch-Project-Id and Dispatch-Project-Version name the project as it is now.");

    private static async Task ExportAsync(Guid batchId, HttpContext context, IDispatchStore store, FormCatalog forms, LongCalls calls, string format = "jsonl", bool bom = false, string shape = "auto")
    {
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var (project, form) = await ProjectForms.ReadAsync(batch.ProjectId, store, forms, context.RequestAborted);
        string[] formats = [.. RawFormats, .. form.CanAggregate ? (string[])[AggregatedExport.Format] : [], .. form.ExportFormats];
        if (!formats.Contains(format))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"There is no export format of that name for the form {project.FormType}.", $"Use one of: {string.Join(", ", formats)}.", "format");
        }

        if (!Shapes.TryGetValue(shape, out var asked))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such shape of training lines.", $"Use one of: {string.Join(", ", Shapes.Keys)}.", "shape");
        }

        using var place = calls.TryEnter(LongCall.Export, ApiCalls.Actor(context), out var busy);
        if (place is null) throw new RefusedException(StatusCodes.Status429TooManyRequests, busy!);
        var rows = format == AggregatedExport.Format ? store.ExportCountedByTaskAsync(batchId, context.RequestAborted) : store.ExportJudgmentsAsync(batchId, context.RequestAborted);
        var isCsv = format == "csv";
        context.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{batchId:N}.{(isCsv ? "csv" : "jsonl")}\"";
        context.Response.Headers["Dispatch-Project-Id"] = project.ProjectId.ToString();
        context.Response.Headers["Dispatch-Project-Version"] = project.Version.ToString(CultureInfo.InvariantCulture);
        await (format switch
        {
            "csv" => CsvExport.WriteAsync(context.Response.Body, project, form, rows, bom, context.RequestAborted),
            AggregatedExport.Format => AggregatedExport.WriteAsync(context.Response.BodyWriter, project, form, rows, context.RequestAborted),
            "jsonl" => JsonLinesExport.WriteRawAsync(context.Response.BodyWriter, project, form, rows, context.RequestAborted),
            _ => JsonLinesExport.WriteTrainingAsync(
                context.Response.BodyWriter, form, format, asked ?? await ShapeAsync(form, store.ExportJudgmentsAsync(batchId, context.RequestAborted)), rows, context.RequestAborted),
        });
    }

    /// <summary>Reads until the first conversation, which is the first row where the prompts are conversations.</summary>
    private static async Task<TrainingShape> ShapeAsync(ICompiledForm form, IAsyncEnumerable<JudgmentRow> rows)
    {
        await foreach (var row in rows)
        {
            if (row.Counted && form.IsConversation(row.Content)) return TrainingShape.Conversational;
        }

        return TrainingShape.Plain;
    }
}
