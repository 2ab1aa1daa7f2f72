using Dispatch.Cluster.Tests.Harness;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Cluster.Tests.Deploy;

/// <summary>A backup that was never restored is a hope. This one is restored, and exports the same lines.</summary>
public sealed class BackupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [PrivatePostgreSqlFact]
    public async Task RestoredBackup_ExportsTheSame_AndIsRefusedWhereSomethingIs()
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-backup-").FullName;
        try
        {
            var file = Path.Combine(folder, "dispatch.backup");
            await using var cluster = await TestCluster.StartAsync(servers: 1);
            await cluster.SeedAsync(tasks: 200, overlap: 2);
            await using (var shift = await Shift.BeginAsync(cluster, seed: 1, annotators: 4, TimeSpan.FromMilliseconds(20)))
            {
                await shift.AnswersAsync(50);
                (await shift.EndAsync()).ShouldBeEmpty();
            }

            var before = await ExportAsync(cluster);
            before.Count.ShouldBeGreaterThanOrEqualTo(50);
            await RunAsync("backup.sh", file, cluster.ConnectionString, expected: 0);
            var target = await cluster.PostgreSql.CreateDatabaseAsync();
            await RunAsync("restore.sh", file, target, expected: 0);
            (await RunAsync("restore.sh", file, target, expected: 2)).ShouldContain("not empty");

            // The same server, on the restored database.
            await cluster.StopServerAsync(0);
            await cluster.StartServerAsync(0, new Dictionary<string, string?> { ["Dispatch__PostgreSql"] = target });
            (await Eventually.GetAsync(async () => await ExportAsync(cluster), Patience, "the restored server exports")).ShouldBe(before);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<string>> ExportAsync(TestCluster cluster)
    {
        using var reader = new StreamReader(await cluster.Api.ExportAsync(cluster.Batch));
        List<string> lines = [];
        while (await reader.ReadLineAsync() is { } line) lines.Add(line);
        return lines;
    }

    private static async Task<string> RunAsync(string script, string file, string connectionString, int expected)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString);
        await using var process = ChildProcess.Start("bash", [Repository.File("deploy", script), file], new Dictionary<string, string?>
        {
            ["PGHOST"] = database.Host,
            ["PGPORT"] = $"{database.Port}",
            ["PGUSER"] = database.Username,
            ["PGDATABASE"] = database.Database,
        });
        var code = await process.WaitForExitAsync(Patience);
        code.ShouldBe(expected, process.Output);
        return process.Output;
    }
}
