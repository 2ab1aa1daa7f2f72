using System.Diagnostics;
using Dispatch.LoadTests.Reports;
using HdrHistogram;
using Npgsql;

namespace Dispatch.LoadTests.Running;

/// <summary>What the commit of a single row costs on a database while it is under the load that is measured.</summary>
internal sealed class CommitProbe(string database)
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);
    private readonly LongHistogram _histogram = new(1, 60_000_000, 3);

    public Percentiles? Result => _histogram.TotalCount > 0 ? Percentiles.Of(_histogram) : null;

    public async Task RunAsync(CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(CancellationToken.None);
        await using (var create = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS load_probe (n bigint)", connection)) await create.ExecuteNonQueryAsync(CancellationToken.None);
        await using var insert = new NpgsqlCommand("INSERT INTO load_probe VALUES (1)", connection);
        await insert.PrepareAsync(CancellationToken.None);
        using var timer = new PeriodicTimer(Every);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var from = Stopwatch.GetTimestamp();
                await insert.ExecuteNonQueryAsync(CancellationToken.None);
                _histogram.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(from).TotalMicroseconds));
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }
}
