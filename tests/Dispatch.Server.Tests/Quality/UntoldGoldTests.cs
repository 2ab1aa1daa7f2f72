using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Dispatch.Storage;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Server.Tests.Quality;

/// <summary>
/// Where gold is hidden, nothing tells which task was gold, also after the answer. A script tries every call that a worker has, after every answer, with every push that came
/// in between, and looks whether anything at all it is told goes together with gold. The same script against revealed gold finds it: it is no blind one.
/// </summary>
public sealed class UntoldGoldTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const int Answers = 150;
    private const double Rate = 0.4;

    /// <summary>Probability that chance alone looks like a leak, of one of some thousand ways to guess.</summary>
    private const double FalseAlarm = 1e-8;

    [Fact]
    public Task Hidden_NothingGoesTogetherWithGold() => TestSeeds.RunAsync(async seed =>
    {
        var (tells, shapes) = await PlayAsync(seed, reveal: false);
        tells.ShouldBeEmpty();
        shapes.ShouldBe(1, "every answer gets a result of the same shape");
    });

    [Fact]
    public Task Revealed_TheSameScriptFindsIt() => TestSeeds.RunAsync(async seed =>
    {
        var (tells, _) = await PlayAsync(seed, reveal: true);
        string[] expected = ["standing.evidence[0].rows", "evidence.names it", "submit.feedback", "dispute.gold", "pushes.StandingChanged"];
        foreach (var name in expected) tells.ShouldContain(tell => tell.StartsWith(name, StringComparison.Ordinal), $"the script did not find {name}");
    });

    private async Task<(IReadOnlyList<string> Tells, int Shapes)> PlayAsync(int seed, bool reveal)
    {
        var random = new Random(seed);
        await using var server = await ServerHarness.StartAsync();
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = Policy(reveal) });
        var gate = new GatePolicy { Evidence = new EvidenceClause { Enter = 1_000 }, Accuracy = new AccuracyClause { Threshold = 0.95 }, Rank = new RankClause { Top = 1 } };
        var golden = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golden", Tier = BatchTier.Golden });
        await server.Store.SetGateAsync(golden, JsonSerializer.Serialize(gate, DispatchJson.Options), null, new Operation { ActorId = Guid.NewGuid(), OperationId = Guid.NewGuid(), PayloadHash = [], Kind = "gate" }, CancellationToken.None);
        await server.Api.ImportAsync(golden, Requests.Lines(3));
        await server.Api.ChangeBatchAsync(golden, "open");
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "mixed", Overlap = 2, Gold = new GoldSpec { Use = GoldUse.Share, Share = 1 } });
        (await server.Api.ImportAsync(batch, Mixed(random))).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(batch, "open");
        await using var script = await Script.StartAsync(server, project, random);
        var seen = await script.WorkAsync(Answers);
        var golds = new HashSet<Guid>();
        await foreach (var row in server.Store.ExportEvaluationsAsync(project, CancellationToken.None))
        {
            if (row is { Kind: EvidenceKinds.Gold, AssignmentId: { } assignment }) golds.Add(assignment);
        }

        var isGold = seen.Select(item => golds.Contains(item.Assignment)).ToArray();
        isGold.Count(gold => gold).ShouldBeInRange(Answers / 5, Answers * 3 / 5);
        var tells = Association.Find([.. seen.Select(item => item.Told)], isGold, FalseAlarm);
        output.WriteLine(FormattableString.Invariant($"seed {seed}, reveal {reveal}: {golds.Count} of {Answers} were gold; {seen.SelectMany(item => item.Told.Keys).Distinct().Count()} things told, {tells.Count} of them tell"));
        foreach (var tell in tells) output.WriteLine(tell);
        return (tells, seen.Select(item => item.Shape).Distinct().Count());
    }

    private static QualityPolicy Policy(bool reveal) => new()
    {
        Gold = new GoldPolicy { RateMin = Rate, RateBase = Rate, RateMax = Rate, Reveal = reveal },
        Rules =
        [
            new QualityRule { Name = "wrong of late", Collector = QualityCollector.RecentGold, AtLeast = 0.3, Window = 3, Action = QualityAction.AskReviewer, ForSeconds = 60 },
            new QualityRule { Name = "in doubt", Collector = QualityCollector.Accuracy, AtLeast = 0.2, Window = 3, Action = QualityAction.AttentionFlag, ForSeconds = 60 },
        ],
    };

    /// <summary>Texts of all are alike; every other line knows its answer.</summary>
    private static MemoryStream Mixed(Random random)
    {
        var lines = Enumerable.Range(1, Answers * 3).Select(i =>
        {
            var known = i % 2 == 0 ? $",\"gold\":\"{(random.Next(2) == 0 ? 'a' : 'b')}\"" : "";
            return $$"""{"task_id":"t/{{i}}","prompt":"prompt","response_a":"one","response_b":"another"{{known}}}""";
        });
        return new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }

    /// <summary>A worker's client that asks for everything there is.</summary>
    private sealed class Script(Guid project, Random random, WorkerConnection connection, HttpClient http) : IAsyncDisposable
    {
        private static readonly string[] Routes =
        [
            "/api/v1/forms", "/api/v1/projects/{0}", "/api/v1/projects/{0}/gold", "/api/v1/projects/{0}/disputes", "/api/v1/projects/{0}/leaderboard", "/api/v1/projects/{0}/reviews",
            "/api/v1/assignments/{1}", "/api/v1/assignments/{1}/gate", "/api/v1/assignments/{1}/reviews", "/api/v1/workers/{2}/standing?project={0}", "/api/v1/workers/{2}/evaluations?project={0}",
            "/api/v1/workers/{2}/restrictions", "/api/v1/workers/{2}/ledger", "/api/v1/workers/{2}/explain", "/health/ready",
        ];

        private readonly Dictionary<string, string> _pushes = [];
        private readonly Lock _lock = new();

        public static async Task<Script> StartAsync(ServerHarness server, Guid project, Random random)
        {
            var token = await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = "the script", ProjectIds = [project] });
            var connection = new WorkerConnection(new WorkerConnectionOptions { Server = server.Address, AccessToken = () => Task.FromResult<string?>(token.Token) });
            var http = new HttpClient { BaseAddress = server.Address };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            var script = new Script(project, random, connection, http);
            connection.StandingChanged += push => script.Pushed(nameof(StandingChanged), push);
            connection.Noticed += notice => script.Pushed(nameof(Notice), notice.Text);
            connection.Withdrawn += (_, push) => script.Pushed(nameof(AssignmentWithdrawn), push?.Reason);
            await connection.StartAsync();
            await connection.SetActivityAsync(Activity.Available);
            return script;
        }

        public async Task<List<(Guid Assignment, Dictionary<string, string> Told, string Shape)>> WorkAsync(int answers)
        {
            List<(Guid, Dictionary<string, string>, string)> seen = [];
            var task = await connection.NextAsync(Patience);
            var position = 0L;
            for (var i = 0; i < answers; i++)
            {
                Dictionary<string, string> told = [];
                lock (_lock) _pushes.Clear();
                var operation = Guid.NewGuid();
                var answer = new JsonText(random.Next(2) == 0 ? """{"choice":"1"}""" : """{"choice":"2"}""");
                var result = await connection.SubmitAsync(task, answer, operationId: operation);
                result.Refusal.ShouldBeNull();
                var shape = string.Join(',', JsonSerializer.SerializeToElement(result with { Next = null, Reserved = null }, DispatchJson.Options).EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null).Select(member => member.Name));
                told["positions"] = $"{result.Position!.N - position}";
                position = result.Position.N;
                Tell(told, "submit", result with { Next = null, Reserved = null, Position = null, HandlingMs = 0 });
                Tell(told, "replay", await connection.SubmitAsync(task, answer, operationId: operation) with { Next = null, Position = null });
                await AskAsync(told, task);
                lock (_lock)
                {
                    foreach (var (name, text) in _pushes) told[$"pushes.{name}"] = text;
                }

                seen.Add((task.AssignmentId, told, shape));
                task = result.Next ?? await connection.NextAsync(Patience);
            }

            return seen;
        }

        private async Task AskAsync(Dictionary<string, string> told, AssignmentMessage task)
        {
            Tell(told, "standing", await connection.GetStandingAsync(project));
            var evidence = await connection.ListEvidenceAsync(project);
            Tell(told, "evidence", evidence);
            told["evidence.names it"] = $"{evidence.Rows.Any(row => row.AssignmentId == task.AssignmentId)}";
            var past = (await connection.ListAnswersAsync()).Answers.FirstOrDefault(row => row.AssignmentId == task.AssignmentId);
            Tell(told, "past", past);
            Tell(told, "board", await connection.GetBoardAsync(project));
            Tell(told, "project", await connection.GetProjectAsync(project));
            Tell(told, "why", await connection.WhyNothingAsync());
            Tell(told, "disputes", (await connection.ListDisputesAsync(project)).Count);
            var ledger = await connection.GetLedgerAsync(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow);
            told["ledger"] = $"{ledger.KeptAside} {ledger.Answers}";
            foreach (var kind in new[] { "gold", "consensus", "review", "mask", "training" })
            {
                Tell(told, $"dispute.{kind}", (await connection.DisputeAsync(project, task.AssignmentId, $"{kind}:{task.AssignmentId:D}", "It was right.")).Refusal);
            }

            Tell(told, "again", (await connection.ReturnAsync(task, "again")).Refusal?.Code);
            Tell(told, "draft", (await connection.SaveDraftAsync(task, new JsonText("{}"), 1)).Refusal?.Code);
            foreach (var route in Routes)
            {
                using var response = await http.GetAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, route, project, task.AssignmentId, connection.Snapshot!.WorkerId));
                told[$"GET {route}"] = $"{(int)response.StatusCode} {(response.Content.Headers.ContentLength)}";
            }
        }

        private void Pushed(string name, object? push)
        {
            lock (_lock)
            {
                _pushes[name] = $"{(_pushes.TryGetValue(name, out var count) ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) + 1 : 1)}";
                if (push is StandingChanged change) Tell(_pushes, $"{name} view", change.Standing with { At = default });
                if (push is string text) _pushes[$"{name} text"] = text;
            }
        }

        /// <summary>Every leaf by its path. Times that only say when it was asked are left out.</summary>
        private static void Tell(Dictionary<string, string> told, string name, object? value)
        {
            var element = JsonSerializer.SerializeToElement(value, DispatchJson.Options);
            Walk(name, element);

            void Walk(string path, JsonElement at)
            {
                if (at.ValueKind == JsonValueKind.Object)
                {
                    foreach (var member in at.EnumerateObject()) Walk($"{path}.{member.Name}", member.Value);
                }
                else if (at.ValueKind == JsonValueKind.Array)
                {
                    told[$"{path}.length"] = $"{at.GetArrayLength()}";
                    var i = 0;
                    foreach (var item in at.EnumerateArray().Take(3)) Walk($"{path}[{i++}]", item);
                }
                else if (!path.EndsWith(".at", StringComparison.Ordinal))
                {
                    told[path] = at.ToString();
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await connection.DisposeAsync();
        }
    }

    /// <summary>Looks for anything told that goes together with gold: whether it was there, whether it changed, or whether it grew, at the answer or up to three answers later.</summary>
    private static class Association
    {
        private const int LagMax = 3;

        public static IReadOnlyList<string> Find(IReadOnlyList<Dictionary<string, string>> told, IReadOnlyList<bool> isGold, double falseAlarm)
        {
            List<string> tells = [];
            foreach (var name in told.SelectMany(one => one.Keys).Distinct().Order(StringComparer.Ordinal))
            {
                foreach (var (way, marks) in Marks(name, told))
                {
                    for (var lag = 0; lag <= LagMax; lag++)
                    {
                        var p = Chance([.. marks.Skip(lag)], [.. isGold.Take(isGold.Count - lag)]);
                        if (p < falseAlarm) tells.Add(FormattableString.Invariant($"{name} ({way}, {lag} later): p = {p:0.0e0}"));
                    }
                }
            }

            return tells;
        }

        private static IEnumerable<(string Way, bool[] Marks)> Marks(string name, IReadOnlyList<Dictionary<string, string>> told)
        {
            var values = told.Select(one => one.GetValueOrDefault(name)).ToArray();
            yield return ("there", [.. values.Select(value => !string.IsNullOrEmpty(value))]);
            yield return ("changed", [.. values.Select((value, i) => i > 0 && value != values[i - 1])]);
            double Number(string? value) => double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
            yield return ("grew", [.. values.Select((value, i) => i > 0 && Number(value) > Number(values[i - 1]))]);
            foreach (var common in values.Where(value => value is not null).GroupBy(value => value!).Where(group => group.Count() >= 5).Take(20)) yield return ($"is {common.Key}", [.. values.Select(value => value == common.Key)]);
        }

        /// <summary>Fisher's exact test, two-sided by doubling.</summary>
        private static double Chance(bool[] marks, bool[] isGold)
        {
            var (n, marked, golds) = (marks.Length, marks.Count(mark => mark), isGold.Count(gold => gold));
            if (marked == 0 || marked == n || golds == 0 || golds == n) return 1;
            var both = marks.Zip(isGold).Count(pair => pair is (true, true));
            double Probability(int hits) => Math.Exp(LogChoose(golds, hits) + LogChoose(n - golds, marked - hits) - LogChoose(n, marked));
            var (least, most) = (Math.Max(0, marked - (n - golds)), Math.Min(marked, golds));
            var up = Enumerable.Range(both, most - both + 1).Sum(Probability);
            var down = Enumerable.Range(least, both - least + 1).Sum(Probability);
            return Math.Min(1, 2 * Math.Min(up, down));
        }

        private static double LogChoose(int n, int k) => LogFactorial(n) - LogFactorial(k) - LogFactorial(n - k);

        private static double LogFactorial(int n) => Enumerable.Range(2, Math.Max(0, n - 1)).Sum(i => Math.Log(i));
    }
}
