using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dispatch.Engine.Forms;
using Dispatch.Storage;

namespace Dispatch.Server.Export;

/// <summary>One line a task that has counted answers: what they say together, and how sure that is. The answers of one task are held in memory, no more.</summary>
internal static class AggregatedExport
{
    public const string Format = "aggregated";

    private const int FlushBytes = 64 * 1024;
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(PipeWriter output, ProjectRecord project, ICompiledForm form, IAsyncEnumerable<JudgmentRow> byTask, CancellationToken cancellation)
    {
        await using var writer = new Utf8JsonWriter(output, WriterOptions);
        List<JudgmentRow> task = [];
        await foreach (var row in byTask.WithCancellation(cancellation))
        {
            if (task is [var first, ..] && first.TaskKey != row.TaskKey)
            {
                Write(writer, output, project, form, task);
                task.Clear();
                if (output.UnflushedBytes >= FlushBytes) await output.FlushAsync(cancellation);
            }

            task.Add(row);
        }

        if (task.Count > 0) Write(writer, output, project, form, task);
        await output.FlushAsync(cancellation);
    }

    private static void Write(Utf8JsonWriter writer, PipeWriter output, ProjectRecord project, ICompiledForm form, List<JudgmentRow> task)
    {
        if (form.Aggregate([.. task.Select(row => row.StandingAnswer)]) is not { } agreed) return;
        writer.WriteStartObject();
        writer.WriteString("task_key", task[0].TaskKey);
        writer.WritePropertyName("answer");
        writer.WriteRawValue(form.ExportAnswer(agreed.Answer));

        // Always with a fraction: a reader that saw 1 first would take the column for whole numbers, and stop at 0.75.
        writer.WritePropertyName("confidence");
        writer.WriteRawValue(agreed.Confidence.ToString("0.0###############", CultureInfo.InvariantCulture));
        writer.WriteString("method", agreed.Method);
        writer.WriteNumber("answers", agreed.Answers);
        writer.WriteBoolean("tied", agreed.IsTied);
        writer.WriteStartObject("votes");
        foreach (var (label, count) in agreed.Votes.OrderBy(vote => vote.Key, StringComparer.Ordinal)) writer.WriteNumber(label, count);
        writer.WriteEndObject();
        writer.WriteBoolean("is_gold", task[0].IsGold);
        writer.WritePropertyName("known_answer");
        writer.WriteRawValue(task[0].KnownAnswer is { } known ? form.ExportAnswer(known) : "null");
        writer.WriteString("project_id", project.ProjectId);

        // The newest of the versions that its answers were given under.
        writer.WriteNumber("project_version", task.Max(row => row.ProjectVersion));
        writer.WriteEndObject();
        writer.Flush();
        writer.Reset();
        output.Write("\n"u8);
    }
}
