using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using Dispatch.Engine.Forms;
using Dispatch.Storage;

namespace Dispatch.Server.Export;

/// <summary>The raw log as a table, with the form's own columns in the middle.</summary>
internal static class CsvExport
{
    private const int RowsPerFlush = 200;
    private static readonly string[] Before = ["task_key", "assignment_id", "worker_id"];
    private static readonly string[] After = ["fixed_answer", "counted", "late", "is_gold", "known_answer", "order_shown", "offered_at", "shown_at", "submitted_at", "handling_ms", "operation_id", "project_id", "project_version"];

    public static async Task WriteAsync(Stream output, ProjectRecord project, ICompiledForm form, IAsyncEnumerable<JudgmentRow> rows, bool withMark, CancellationToken cancellation)
    {
        // SpreadsheetCell decides what is escaped: the library's own rule would put an apostrophe before every negative number.
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture) { InjectionOptions = InjectionOptions.None };
        await using var text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: withMark), leaveOpen: true);
        await using var csv = new CsvWriter(text, configuration);
        foreach (var column in Columns(form)) csv.WriteField(SpreadsheetCell.Of(column));
        await csv.NextRecordAsync();
        var waiting = 0;
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            Write(csv, project, form, row);
            await csv.NextRecordAsync();
            if (++waiting < RowsPerFlush) continue;
            await csv.FlushAsync();
            await text.FlushAsync(cancellation);
            waiting = 0;
        }
    }

    // A dimension may be called like a column of ours; two columns of one name are none.
    private static IEnumerable<string> Columns(ICompiledForm form) =>
        [.. Before, .. form.ExportColumns.Select(column => Before.Contains(column) || After.Contains(column) ? $"answer_{column}" : column), .. After];

    private static void Write(CsvWriter csv, ProjectRecord project, ICompiledForm form, JudgmentRow row)
    {
        csv.WriteField(SpreadsheetCell.Of(row.TaskKey));
        csv.WriteField(row.AssignmentId);
        csv.WriteField(row.WorkerId);
        foreach (var value in form.ExportValues(row.Answer)) csv.WriteField(SpreadsheetCell.Of(value));
        csv.WriteField(SpreadsheetCell.Of(row.FixedAnswer));
        csv.WriteField(row.Counted);
        csv.WriteField(row.Late);
        csv.WriteField(row.IsGold);
        csv.WriteField(SpreadsheetCell.Of(row.KnownAnswer));
        csv.WriteField(string.Join(' ', form.OrderShown(row.Content, row.Presentation)));
        csv.WriteField(row.OfferedAt.ToString("O", CultureInfo.InvariantCulture));
        csv.WriteField(row.ShownAt?.ToString("O", CultureInfo.InvariantCulture));
        csv.WriteField(row.SubmittedAt.ToString("O", CultureInfo.InvariantCulture));
        csv.WriteField((long)row.Handling.TotalMilliseconds);
        csv.WriteField(row.OperationId);
        csv.WriteField(project.ProjectId);
        csv.WriteField(row.ProjectVersion);
    }
}
