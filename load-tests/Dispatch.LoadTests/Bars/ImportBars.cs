using System.Diagnostics;
using Dispatch.Bars;
using Dispatch.Client;
using Dispatch.Contracts.Api;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;
using Dispatch.LoadTests.Subjects.Dispatching;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.LoadTests.Bars;

/// <summary>Import over the API, with all its checks, against COPY of the same rows into a table with the same indexes.</summary>
internal static class ImportBars
{
    private const int Rows = 1_000_000;
    private const double Needed = 0.4;
    private const double FlatMost = 1.25;
    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(500);

    public static async Task<int> MeasureAsync(BarSettings settings, CancellationToken stop)
    {
        var rows = settings.Size(Rows);
        await using var subject = new DispatchSubject("postgresql", new Target(), Hosting.Repository.ServerAssembly);
        await subject.StartAsync(new Scenario { Name = "import", Work = new WorkSpec { Tasks = 0 } }, recording: null, stop);
        await subject.Api.ImportAsync(subject.Batches[0], Work.Lines(-20_000, 20_000), cancellation: stop);
        var batch = await subject.Api.CreateBatchAsync(subject.Project, new CreateBatchRequest { Name = "import", Overlap = 5 }, cancellation: stop);
        await Console.Error.WriteLineAsync($"import: {rows:N0} rows over the API");
        var from = Stopwatch.GetTimestamp();
        var importing = subject.Api.ImportAsync(batch, Work.Lines(0, rows), cancellation: stop);
        List<double> memory = [];
        while (!importing.IsCompleted)
        {
            memory.Add(subject.Processes[0].Read().ResidentBytes / 1048576.0);
            await Task.WhenAny(importing, Task.Delay(SampleEvery, stop));
        }

        var imported = await importing;
        var ours = Stopwatch.GetElapsedTime(from);
        await Console.Error.WriteLineAsync($"import: {rows:N0} rows by COPY");
        var copy = await CopyAsync(subject.Database!, batch, rows, stop);
        var ratio = copy.TotalSeconds / ours.TotalSeconds;
        var isShort = Bar.Print(
            $"import of {rows:N0} tasks against COPY",
            ratio >= Needed && imported.Accepted == rows,
            FormattableString.Invariant($"{ratio:0.00} ({rows / ours.TotalSeconds:0}/s against {rows / copy.TotalSeconds:0}/s)"),
            FormattableString.Invariant($">= {Needed}"));

        // The first fifth fills what stays filled: buffers, the collector's budget.
        var early = memory.Take(Math.Max(1, memory.Count / 5)).Max();
        var late = memory.Max();
        return isShort | Bar.Print("import: memory flat", late <= early * FlatMost, FormattableString.Invariant($"{late:0} MiB at most, {early:0} MiB in the first fifth"), FormattableString.Invariant($"<= {FlatMost}x"));
    }

    private static async Task<TimeSpan> CopyAsync(string database, Guid batch, int rows, CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { CommandTimeout = 600 }.ConnectionString);
        await connection.OpenAsync(stop);
        await using (var create = new NpgsqlCommand("CREATE TABLE copied (LIKE task INCLUDING ALL)", connection)) await create.ExecuteNonQueryAsync(stop);

        // The same text that the import stored, with its own key.
        await using var sample = new NpgsqlCommand("SELECT content, known_answer, is_gold, overlap, priority FROM task WHERE batch_id = $1 LIMIT 1", connection);
        sample.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = batch });
        string content;
        string? known;
        (bool IsGold, int Overlap, int Priority) rest;
        await using (var row = await sample.ExecuteReaderAsync(stop))
        {
            await row.ReadAsync(stop);
            (content, known, rest) = (row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), (row.GetBoolean(2), row.GetInt32(3), row.GetInt32(4)));
        }

        var from = Stopwatch.GetTimestamp();
        await using (var copy = await connection.BeginBinaryImportAsync("COPY copied (batch_id, task_key, content, known_answer, is_gold, overlap, priority) FROM STDIN (FORMAT BINARY)", stop))
        {
            for (var i = 0; i < rows; i++)
            {
                await copy.StartRowAsync(stop);
                await copy.WriteAsync(batch, NpgsqlDbType.Uuid, stop);
                await copy.WriteAsync(i.ToString(System.Globalization.CultureInfo.InvariantCulture), NpgsqlDbType.Text, stop);
                await copy.WriteAsync(content, NpgsqlDbType.Text, stop);
                if (known is null) await copy.WriteNullAsync(stop);
                else await copy.WriteAsync(known, NpgsqlDbType.Text, stop);
                await copy.WriteAsync(rest.IsGold, NpgsqlDbType.Boolean, stop);
                await copy.WriteAsync(rest.Overlap, NpgsqlDbType.Integer, stop);
                await copy.WriteAsync(rest.Priority, NpgsqlDbType.Integer, stop);
            }

            await copy.CompleteAsync(stop);
        }

        return Stopwatch.GetElapsedTime(from);
    }
}
