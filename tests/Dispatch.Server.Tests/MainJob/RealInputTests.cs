using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>
/// Real tasks and real judgments (see the shared folder's SOURCES.md), imported unchanged through a binding and answered so that the
/// n-th answer of a task is its n-th recorded judgment. The export must hold each exactly once, and a majority vote over it must
/// reach the published accuracy.
/// </summary>
public sealed class RealInputTests
{
    private const int Workers = 16;
    private const double PublishedAccuracy = 0.9149;

    [SharedDataFact]
    public Task Judgments_OnSqlite_ComeOutOnceAndVoteRight() => RunAsync(postgreSql: false);

    [SharedDataPostgreSqlFact]
    public Task Judgments_OnPostgreSql_ComeOutOnceAndVoteRight() => RunAsync(postgreSql: true);

    private static async Task RunAsync(bool postgreSql)
    {
        var judgments = Read("ukpconvarg1_judgments.jsonl").GroupBy(line => line.GetProperty("task_id").GetString()!)
            .ToDictionary(group => group.Key, group => group.Select(line => line.GetProperty("choice").GetString()!).ToArray());
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var project = await server.Api.CreateProjectAsync(Requests.Preference("arguments"));
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "pairs", Overlap = 5, Gold = new GoldSpec { Use = GoldUse.None } });
        await using (var file = File.OpenRead(Path.Combine(Repository.SharedData!, "ukpconvarg1_tasks.jsonl")))
        {
            var import = await server.Api.ImportAsync(batch, file);
            (import.Accepted, import.Refused).ShouldBe((1_380, 0));
        }

        var patches = string.Concat(judgments.Where(task => task.Value.Length != 5).Select(task => JsonSerializer.Serialize(new { key = task.Key, overlap = task.Value.Length }) + "\n"));
        (await server.Api.PatchTasksAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(patches)))).ShouldBeEmpty();
        await server.Api.ChangeBatchAsync(batch, "open");

        ConcurrentDictionary<string, int> answered = new();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(i => WorkAsync(server, project, $"annotator {i}", judgments, answered)));

        var rows = (await server.ExportAsync(batch)).ConvertAll(line => JsonDocument.Parse(line).RootElement);
        rows.Count.ShouldBe(6_888);
        var exported = rows.GroupBy(row => row.GetProperty("task_key").GetString()!)
            .ToDictionary(group => group.Key, group => group.Select(row => row.GetProperty("answer").GetProperty("choice").GetString()!).ToArray());
        exported.Count.ShouldBe(1_380);
        foreach (var (key, choices) in exported) choices.Order().ShouldBe(judgments[key].Order(), key);
        rows.Select(row => (row.GetProperty("task_key").GetString(), row.GetProperty("worker_id").GetGuid())).Distinct().Count().ShouldBe(6_888);
        Math.Round(MajorityAccuracy(exported), 4).ShouldBe(PublishedAccuracy);
    }

    private static async Task WorkAsync(ServerHarness server, Guid project, string name, Dictionary<string, string[]> judgments, ConcurrentDictionary<string, int> answered)
    {
        await using var connection = await server.ConnectAsync(name, project);
        await connection.SetActivityAsync(Activity.Available);
        while (await TaskOrNullAsync(connection) is { } task)
        {
            // The worker's payload names no task, on purpose; a supervisor may look it up.
            var row = await server.Api.GetAssignmentAsync(task.AssignmentId);
            var n = answered.AddOrUpdate(row.TaskKey, 0, (_, last) => last + 1);
            var choice = judgments[row.TaskKey][n];
            var shown = choice == "tie" ? "tie" : row.Presentation[0] == (choice == "a" ? 0 : 1) ? "1" : "2";
            var result = await connection.SubmitAsync(task, new JsonText($$"""{"choice":"{{shown}}"}"""));
            result.Refusal.ShouldBeNull();
        }
    }

    private static async Task<AssignmentMessage?> TaskOrNullAsync(Client.WorkerConnection connection)
    {
        try
        {
            return await connection.NextAsync(TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Ties of the vote count by their share: two labels with as many votes are half right each.</summary>
    private static double MajorityAccuracy(Dictionary<string, string[]> votes)
    {
        var gold = Read("ukpconvarg1_tasks.jsonl")
            .Where(task => task.TryGetProperty("gold", out var known) && known.ValueKind == JsonValueKind.String)
            .ToDictionary(task => task.GetProperty("task_id").GetString()!, task => task.GetProperty("gold").GetString()!);
        gold.Count.ShouldBe(1_316);
        return gold.Average(task =>
        {
            var counts = votes[task.Key].CountBy(choice => choice).ToArray();
            var most = counts.Max(count => count.Value);
            var winners = counts.Where(count => count.Value == most).Select(count => count.Key).ToArray();
            return winners.Contains(task.Value) ? 1.0 / winners.Length : 0;
        });
    }

    private static IEnumerable<JsonElement> Read(string file) =>
        File.ReadLines(Path.Combine(Repository.SharedData!, file)).Select(line => JsonDocument.Parse(line).RootElement);
}
