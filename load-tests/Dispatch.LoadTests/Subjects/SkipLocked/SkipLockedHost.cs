using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.LoadTests.Subjects.SkipLocked;

/// <summary>
/// What one would build without Dispatch: a minimal HTTP API over one table, where one prepared statement finishes the job in hand and claims
/// the next with SKIP LOCKED. Written as well as we can: narrow rows without their payload and with room for updates in place, a partial
/// index, statements prepared once, a pool of the size that measured best, JSON written by hand, a listener that wakes long polls. It does
/// less than Dispatch (no overlap by distinct workers, no repeat under one id, no fence), which counts in its favour.
/// </summary>
internal static class SkipLockedHost
{
    public const string Ready = "skip-locked is ready";

    private const string Schema = """
        CREATE TABLE payload (payload_id bigint PRIMARY KEY, content text NOT NULL);
        CREATE TABLE job (
          job_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          payload_id  bigint NOT NULL,
          state       smallint NOT NULL DEFAULT 0,
          worker      int,
          lease_until timestamptz
        ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
        CREATE INDEX job_open ON job (job_id) WHERE state = 0;
        CREATE TABLE answer (job_id bigint PRIMARY KEY, worker int NOT NULL, answer text NOT NULL, at timestamptz NOT NULL DEFAULT now());
        """;

    private const string Cycle = """
        WITH done AS (UPDATE job SET state = 2 WHERE job_id = $1 AND worker = $2 AND state = 1 RETURNING job_id),
        answered AS (INSERT INTO answer (job_id, worker, answer) SELECT job_id, $2, $3 FROM done),
        next AS (SELECT job_id FROM job WHERE state = 0 ORDER BY job_id LIMIT 1 FOR UPDATE SKIP LOCKED),
        claimed AS (UPDATE job SET state = 1, worker = $2, lease_until = now() + interval '10 minutes' FROM next WHERE job.job_id = next.job_id RETURNING job.job_id, job.payload_id)
        SELECT c.job_id, p.content FROM claimed c JOIN payload p USING (payload_id)
        """;

    /// <summary>Claimers beyond this many only wait for one another.</summary>
    private const int PoolSize = 8;

    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(25);
    private static readonly Channel<bool> Wakes = Channel.CreateUnbounded<bool>();

    public static async Task<int> RunAsync(string url, string database)
    {
        var settings = new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = PoolSize, MaxAutoPrepare = 20, AutoPrepareMinUsages = 1, NoResetOnClose = true };
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString);
        await using (var schema = source.CreateCommand(Schema)) await schema.ExecuteNonQueryAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);
        await using var app = builder.Build();
        app.MapPost("/cycle", context => CycleAsync(context, source));
        app.MapPost("/jobs", context => AddAsync(context, source));
        await app.StartAsync();
        _ = ListenAsync(database);
        Console.WriteLine(Ready);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    // Query: worker, job (0 for none), wait (1 to hold the call until there is work). Body: the answer.
    private static async Task CycleAsync(HttpContext context, NpgsqlDataSource source)
    {
        var query = context.Request.Query;
        var worker = int.Parse(query["worker"]!, System.Globalization.CultureInfo.InvariantCulture);
        var job = long.Parse(query["job"]!, System.Globalization.CultureInfo.InvariantCulture);
        string answer;
        using (var reader = new StreamReader(context.Request.Body, Encoding.UTF8)) answer = await reader.ReadToEndAsync(context.RequestAborted);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(LongPoll);
        while (true)
        {
            if (await ClaimAsync(source, job, worker, answer) is var (id, content) && content is not null)
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync($"{{\"job\":{id},\"content\":{content}}}", context.RequestAborted);
                return;
            }

            job = 0;
            try
            {
                if (query["wait"] != "1") break;
                await Wakes.Reader.ReadAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task<(long Id, string? Content)> ClaimAsync(NpgsqlDataSource source, long job, int worker, string answer)
    {
        await using var command = source.CreateCommand(Cycle);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = job });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = worker });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = answer });
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync() ? (row.GetInt64(0), row.GetString(1)) : (0, null);
    }

    // Query: first, count, slots. Body: the content of every one of them.
    private static async Task AddAsync(HttpContext context, NpgsqlDataSource source)
    {
        var query = context.Request.Query;
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var content = await reader.ReadToEndAsync();
        await using var command = source.CreateCommand("""
            WITH p AS (INSERT INTO payload (payload_id, content) SELECT i, $3 FROM generate_series($1, $1 + $2 - 1) i)
            INSERT INTO job (payload_id) SELECT i FROM generate_series($1, $1 + $2 - 1) i, generate_series(1, $4::int)
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = long.Parse(query["first"]!, System.Globalization.CultureInfo.InvariantCulture) });
        var count = long.Parse(query["count"]!, System.Globalization.CultureInfo.InvariantCulture);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = count });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = content });
        command.Parameters.Add(new NpgsqlParameter { Value = int.Parse(query["slots"]!, System.Globalization.CultureInfo.InvariantCulture), NpgsqlDbType = NpgsqlDbType.Integer });
        await command.ExecuteNonQueryAsync();
        await using var notify = source.CreateCommand("SELECT pg_notify('jobs', $1)");
        notify.Parameters.Add(new NpgsqlParameter<string> { TypedValue = count.ToString(System.Globalization.CultureInfo.InvariantCulture) });
        await notify.ExecuteNonQueryAsync();
    }

    // One wake-up a job, not a stampede of everybody who waits.
    private static async Task ListenAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        connection.Notification += (_, told) =>
        {
            for (var i = long.Parse(told.Payload, System.Globalization.CultureInfo.InvariantCulture); i > 0; i--) Wakes.Writer.TryWrite(true);
        };
        await using (var listen = new NpgsqlCommand("LISTEN jobs", connection)) await listen.ExecuteNonQueryAsync();
        while (true) await connection.WaitAsync();
    }
}
