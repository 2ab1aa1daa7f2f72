using System.Text;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Dispatch.Storage;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Server.Tests.Quality;

/// <summary>Gold that is mixed into the work cannot be told from it by anything that reaches a worker before the answer: what is in the message, and when in the stream it comes.</summary>
public sealed class IndistinguishableGoldTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const int Workers = 6;
    private const int TasksEach = 90;
    private const double Rate = 0.3;

    /// <summary>Probability that chance alone looks like a leak, for each way to guess: there are about a hundred.</summary>
    private const double FalseAlarm = 1e-7;

    [Fact]
    public Task Gold_LooksLikeEverythingElse() => TestSeeds.RunAsync(async seed =>
    {
        var random = new Random(seed);
        await using var server = await ServerHarness.StartAsync();
        var gold = new GoldPolicy { RateMin = Rate, RateBase = Rate, RateMax = Rate, Reveal = false };
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = new QualityPolicy { Gold = gold } });
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "mixed", Gold = new GoldSpec { Use = GoldUse.Share, Share = 1 } });
        (await server.Api.ImportAsync(batch, Mixed(random))).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(batch, "open");

        List<(int Worker, Guid Assignment, double[] Features)> seen = [];
        for (var worker = 0; worker < Workers; worker++) seen.AddRange((await WorkAsync(server, project, worker)).Select(task => (worker, task.Assignment, task.Features)));
        var golds = await GoldsAsync(server.Store, project);
        var examples = seen.Where(task => task.Worker % 2 == 0).Select(task => (task.Features, golds.Contains(task.Assignment))).ToArray();
        var heldOut = seen.Where(task => task.Worker % 2 == 1).Select(task => (task.Features, IsGold: golds.Contains(task.Assignment))).ToArray();
        var share = heldOut.Average(task => task.IsGold ? 1.0 : 0.0);
        share.ShouldBeInRange(0.15, 0.45, "so much gold was asked for");

        // Whoever guesses a third of what was held out finds no more gold in it than a blindfolded would.
        var draws = heldOut.Length / 3;
        var most = Guesser.MostByChance(draws, share, FalseAlarm);
        foreach (var (name, score) in Guesser.Learn([.. Names], examples))
        {
            var hits = heldOut.OrderBy(_ => random.Next()).OrderByDescending(task => score(task.Features)).Take(draws).Count(task => task.IsGold);
            if (name == "all together") output.WriteLine(FormattableString.Invariant($"seed {seed}: {golds.Count} of {seen.Count} are gold; {hits} of {draws} guesses right, {share:0.00} expected, at most {most} by chance"));
            hits.ShouldBeLessThanOrEqualTo(most, FormattableString.Invariant($"'{name}' tells gold: {hits} of {draws} guesses are right where {share:0.00} are gold"));
        }
    });

    [Fact]
    public void Guesser_WithAFeatureThatTells_IsFound()
    {
        var random = new Random(1);
        (double[] Features, bool IsSought)[] things = [.. Enumerable.Range(0, 540).Select(_ => random.NextDouble() < Rate).Select(isGold => (new[] { random.NextDouble(), (isGold ? 2 : 0) + (random.NextDouble() * 3) }, isGold))];
        var most = Guesser.MostByChance(90, Rate, FalseAlarm);
        var found = Guesser.Learn(["noise", "leak"], things[..270]).Where(way => things[270..].OrderByDescending(thing => way.Score(thing.Features)).Take(90).Count(thing => thing.IsSought) > most).Select(way => way.Name);
        found.ShouldBe(["all together", "leak"]);
    }

    /// <summary>What can be seen of a task, in the order of <see cref="Features"/>.</summary>
    private static IEnumerable<string> Names =>
        Message.Concat(["bytes", "bytes of content", "members", "order of members", "members of content", "order of members of content", "characters of prompt", "characters of responses", "context"])
            .Concat(["place", "place mod 2", "place mod 3", "place mod 5", "place mod 7", "place mod 10", "came with the result", "stream positions passed", "lease seconds", "id version", "id bits"]);

    private static readonly string[] Message = ["state", "tier", "epoch", "draft version", "has draft", "is paused", "project version"];

    private static double[] Features(AssignmentMessage task, int place, bool cameWithResult, long passed)
    {
        var json = JsonSerializer.Serialize(task, DispatchJson.Options);
        using var message = JsonDocument.Parse(json);
        using var content = JsonDocument.Parse(task.Content.Json);
        var id = task.AssignmentId.ToByteArray(bigEndian: true);
        return
        [
            (int)task.State, (int)task.Tier, task.LeaseEpoch, task.DraftVersion, task.Draft is null ? 0 : 1, task.PausedAt is null ? 0 : 1, task.ProjectVersion,
            Encoding.UTF8.GetByteCount(json) - Encoding.UTF8.GetByteCount(task.OfferedAt.ToString("O")) - Encoding.UTF8.GetByteCount(task.Content.Json), task.Content.Json.Length,
            message.RootElement.EnumerateObject().Count(), Order(message.RootElement), content.RootElement.EnumerateObject().Count(), Order(content.RootElement),
            content.RootElement.GetProperty("prompt").GetRawText().Length, content.RootElement.GetProperty("responses").EnumerateArray().Sum(response => response.GetProperty("text").GetString()!.Length), content.RootElement.GetProperty("context").GetRawText().Length,
            place, place % 2, place % 3, place % 5, place % 7, place % 10, cameWithResult ? 1 : 0, passed, Math.Round((task.LeaseUntil - task.OfferedAt).TotalSeconds), id[6] >> 4, id[15] & 7,
        ];
    }

    /// <summary>The same number for the same names in the same order.</summary>
    private static double Order(JsonElement value)
    {
        var order = 17u;
        foreach (var letter in string.Join(',', value.EnumerateObject().Select(member => member.Name))) order = (order * 31) + letter;
        return order % 1_000;
    }

    private static async Task<List<(Guid Assignment, double[] Features)>> WorkAsync(ServerHarness server, Guid project, int worker)
    {
        await using var connection = await server.ConnectAsync($"worker {worker}", project);
        await connection.SetActivityAsync(Activity.Available);
        List<(Guid, double[])> seen = [];
        var (task, cameWithResult, passed, position) = (await connection.NextAsync(Patience), false, 0L, 0L);
        for (var place = 0; place < TasksEach; place++)
        {
            seen.Add((task.AssignmentId, Features(task, place, cameWithResult, passed)));
            var result = await connection.SubmitAsync(task, Requests.ChooseFirst);
            result.Refusal.ShouldBeNull();
            result.Feedback.ShouldBeNull();
            (passed, position) = (result.Position!.N - position, result.Position.N);
            cameWithResult = result.Next is not null;
            task = result.Next ?? await connection.NextAsync(Patience);
        }

        return seen;
    }

    private static async Task<HashSet<Guid>> GoldsAsync(IDispatchStore store, Guid project)
    {
        HashSet<Guid> golds = [];
        await foreach (var row in store.ExportEvaluationsAsync(project, CancellationToken.None))
        {
            if (row is { Kind: EvidenceKinds.Gold, AssignmentId: { } assignment }) golds.Add(assignment);
        }

        return golds;
    }

    /// <summary>Texts of all are drawn alike, and which line is gold is drawn apart from them: what is told must be told by the server.</summary>
    private static MemoryStream Mixed(Random random)
    {
        string Text() => string.Concat(Enumerable.Range(0, random.Next(5, 60)).Select(_ => (char)('a' + random.Next(26))));
        var lines = Enumerable.Range(1, (Workers * TasksEach) + 200).Select(i =>
        {
            var known = random.NextDouble() < 0.2 ? $",\"gold\":\"{(random.Next(2) == 0 ? 'a' : 'b')}\"" : "";
            return $$"""{"task_id":"t/{{i}}","prompt":"{{Text()}}","response_a":"{{Text()}}","response_b":"{{Text()}}"{{known}}}""";
        });
        return new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }
}
