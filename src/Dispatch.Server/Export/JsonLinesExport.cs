using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dispatch.Engine.Forms;
using Dispatch.Storage;

namespace Dispatch.Server.Export;

/// <summary>One JSON object a line. Memory stays flat: what is written is flushed every few rows, and a slow reader holds the next page back.</summary>
internal static class JsonLinesExport
{
    private const int FlushBytes = 64 * 1024;
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteRawAsync(PipeWriter output, ProjectRecord project, ICompiledForm form, IAsyncEnumerable<JudgmentRow> rows, CancellationToken cancellation)
    {
        await using var writer = new Utf8JsonWriter(output, WriterOptions);
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            Write(writer, project, form, row);
            writer.Flush();
            writer.Reset();
            output.Write("\n"u8);
            if (output.UnflushedBytes >= FlushBytes) await output.FlushAsync(cancellation);
        }

        await output.FlushAsync(cancellation);
    }

    public static async Task WriteTrainingAsync(PipeWriter output, ICompiledForm form, string format, TrainingShape shape, IAsyncEnumerable<JudgmentRow> rows, CancellationToken cancellation)
    {
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            if (!row.Counted) continue;
            foreach (var line in form.ExportTraining(format, row.Content, row.StandingAnswer, shape))
            {
                Encoding.UTF8.GetBytes(line, output);
                output.Write("\n"u8);
            }

            if (output.UnflushedBytes >= FlushBytes) await output.FlushAsync(cancellation);
        }

        await output.FlushAsync(cancellation);
    }

    private static void Write(Utf8JsonWriter writer, ProjectRecord project, ICompiledForm form, JudgmentRow row)
    {
        writer.WriteStartObject();
        writer.WriteString("task_key", row.TaskKey);
        writer.WriteString("assignment_id", row.AssignmentId);
        writer.WriteString("worker_id", row.WorkerId);
        writer.WritePropertyName("answer");
        writer.WriteRawValue(form.ExportAnswer(row.Answer));
        writer.WritePropertyName("fixed_answer");
        writer.WriteRawValue(row.FixedAnswer is { } corrected ? form.ExportAnswer(corrected) : "null");
        writer.WriteBoolean("counted", row.Counted);
        writer.WriteBoolean("late", row.Late);
        writer.WriteBoolean("is_gold", row.IsGold);
        writer.WritePropertyName("known_answer");
        writer.WriteRawValue(row.KnownAnswer is { } known ? form.ExportAnswer(known) : "null");
        writer.WriteStartArray("order_shown");
        foreach (var response in form.OrderShown(row.Content, row.Presentation)) writer.WriteNumberValue(response);
        writer.WriteEndArray();
        writer.WriteString("offered_at", row.OfferedAt);
        if (row.ShownAt is { } shown) writer.WriteString("shown_at", shown);
        else writer.WriteNull("shown_at");
        writer.WriteString("submitted_at", row.SubmittedAt);
        writer.WriteNumber("handling_ms", (long)row.Handling.TotalMilliseconds);
        writer.WriteString("operation_id", row.OperationId);
        writer.WriteString("project_id", project.ProjectId);
        writer.WriteNumber("project_version", row.ProjectVersion);
        writer.WriteEndObject();
    }
}
