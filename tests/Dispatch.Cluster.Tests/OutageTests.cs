using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Cluster.Tests;

/// <summary>
/// The database goes away under two server processes while people are at work, stays away while the processes are stopped, and is away when one starts again. Workers and batches lie on both
/// processes, so half of what fails has crossed from one to the other.
/// </summary>
public sealed class OutageTests
{
    private const int People = 8;
    private const int Rounds = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Longest that draining (4 s) and ending (5 s) may take, and something for a busy machine.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(9 + 6);

    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Logging__LogLevel__Default"] = null,
        ["Dispatch__Hubs__RetryFor"] = "00:00:01",
        ["Dispatch__ShutdownTimeout"] = "00:00:05",
    };

    [PrivatePostgreSqlFact]
    public async Task DatabaseGone_CallersAreToldWhatIsUnknown_ServersStopInTime_AndStartWhenItIsBack()
    {
        await using var cluster = await TestCluster.StartAsync(2, Settings);
        await cluster.SeedAsync(tasks: 400, overlap: 2);
        var told = new ConcurrentQueue<string>();
        var people = await Task.WhenAll(Enumerable.Range(0, People).Select(i => Person.ComeAsync(cluster, i, told)));
        foreach (var person in people) await person.AnswerOnceAsync();
        told.ShouldBeEmpty("all is well as long as the database is there");
        int[] before = [cluster.Server(0).LastLines.Count, cluster.Server(1).LastLines.Count];

        await cluster.PostgreSql.StopImmediateAsync();
        var calls = (await Task.WhenAll(people.Select(person => person.CallEverythingAsync(Rounds)))).Sum();

        told.Distinct().Where(code => code is not ("outcome_unknown" or "busy")).ShouldBeEmpty(string.Join('\n', told.Distinct()));
        told.ShouldContain("outcome_unknown");
        for (var server = 0; server < 2; server++)
        {
            cluster.Server(server).Output.ShouldNotContain("CodecNotFoundException");
            var lines = cluster.Server(server).LastLines.Skip(before[server]).ToArray();
            lines.ShouldNotContain(line => line.Contains("Hub method", StringComparison.Ordinal) && line.Contains("failed", StringComparison.Ordinal));
            var heads = lines.Where(line => line.Length > 4 && line[4] == ':').GroupBy(line => line).OrderByDescending(line => line.Count()).Take(20).Select(line => $"{line.Count()} x {line.Key}");
            lines.Length.ShouldBeLessThan(2 * calls, $"lines for {calls} calls:\n{string.Join('\n', heads)}");
        }

        foreach (var person in people) await person.DisposeAsync();
        (await Task.WhenAll(cluster.Server(0).TerminateAsync(StopsWithin), cluster.Server(1).TerminateAsync(StopsWithin))).ShouldBe([0, 0]);

        await StartsWhenItIsBackAsync(cluster);
    }

    private static async Task StartsWhenItIsBackAsync(TestCluster cluster)
    {
        var starting = cluster.StartServerAsync(0);
        var line = await cluster.Server(0).WaitForLineAsync("Dispatch waits for its database (1): ", Patience);
        line.ShouldNotContain("Exception");
        using var http = new HttpClient { BaseAddress = cluster.AddressOf(0) };
        await Eventually.TrueAsync(async () => (await http.GetAsync("health/live")).IsSuccessStatusCode, Patience, "it says that it lives");
        var ready = await http.GetAsync("health/ready");
        (ready.StatusCode, await ready.Content.ReadAsStringAsync()).ShouldBe((HttpStatusCode.ServiceUnavailable, "the database cannot be reached"));
        var call = await http.GetAsync("api/v1/projects");
        call.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        JsonDocument.Parse(await call.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString().ShouldBe("outcome_unknown");

        cluster.Server(0).LastLines.ShouldAllBe(said => said.StartsWith("Dispatch waits for its database (", StringComparison.Ordinal), "one line a try, and no stack");

        await cluster.PostgreSql.StartAsync();
        await starting;
        await Eventually.TrueAsync(() => cluster.IsReadyAsync(0), Patience, "it is ready");
    }

    /// <summary>Somebody at one of the servers who writes down every code that is not a success.</summary>
    private sealed class Person(HubConnection worker, HubConnection supervisor, HttpClient http, Guid project, Guid batch, ConcurrentQueue<string> told) : IAsyncDisposable
    {
        private readonly TaskCompletionSource<AssignmentMessage> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private AssignmentMessage? _task;

        public static async Task<Person> ComeAsync(TestCluster cluster, int index, ConcurrentQueue<string> told)
        {
            var address = cluster.AddressOf(index % cluster.Count);
            var token = await cluster.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"outage {index}", Roles = [Roles.Worker, Roles.Supervisor], ProjectIds = [cluster.Project] });
            var http = new HttpClient { BaseAddress = address };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            var person = new Person(Hub(address, "worker", token.Token), Hub(address, "supervisor", token.Token), http, cluster.Project, cluster.Batch, told);
            await person.StartAsync();
            return person;
        }

        /// <summary>One answer, taken.</summary>
        public async Task AnswerOnceAsync()
        {
            _task ??= await _first.Task.WaitAsync(Patience);
            var result = await SubmitAsync();
            Note(result.Refusal);
            _task = result.Next ?? _task;
        }

        /// <summary>Everything there is to call, so many times; how many calls that were.</summary>
        public async Task<int> CallEverythingAsync(int rounds)
        {
            (string Method, Func<Task> Call)[] calls =
            [
                ("Submit", async () => Note((await SubmitAsync()).Refusal)),
                ("SetActivity", async () => Note((await worker.InvokeAsync<CommandResult>("SetActivity", new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Break })).Refusal)),
                ("Return", async () => Note((await worker.InvokeAsync<CommandResult>("Return", new ReturnCommand { OperationId = Guid.NewGuid(), AssignmentId = _task!.AssignmentId, LeaseEpoch = _task.LeaseEpoch })).Refusal)),
                ("GetLedger", async () => Note((await worker.InvokeAsync<LedgerView>("GetLedger", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1))).Refusal)),
                ("Connect", () => worker.InvokeAsync<WorkerSnapshot>("Connect", null)),
                ("Heartbeat", () => worker.InvokeAsync<HeartbeatResult>("Heartbeat")),
                ("WhyNothing", () => worker.InvokeAsync<IdleExplanation>("WhyNothing")),
                ("ListDisputes", () => worker.InvokeAsync<IReadOnlyList<DisputeView>>("ListDisputes", project)),
                ("Watch", async () => Note(await supervisor.InvokeAsync<Refusal?>("Watch", project))),
                ("Command", async () => Note((await supervisor.InvokeAsync<SupervisorResult>("Command", new SupervisorCommand { OperationId = Guid.NewGuid(), Action = SupervisorAction.PauseBatch, BatchId = batch })).Refusal)),
                ("GET", async () => await NoteAsync(await http.GetAsync("api/v1/projects"))),
                ("GET explain", async () => await NoteAsync(await http.GetAsync($"api/v1/projects/{project}/leaderboard"))),
            ];
            for (var round = 0; round < rounds; round++)
            {
                foreach (var (method, call) in calls)
                {
                    try
                    {
                        await call();
                    }
                    catch (Exception failure) when (failure is not ShouldAssertException)
                    {
                        told.Enqueue(CodeOf(method, failure));
                    }
                }
            }

            return rounds * calls.Length;
        }

        public async ValueTask DisposeAsync()
        {
            await worker.DisposeAsync();
            await supervisor.DisposeAsync();
            http.Dispose();
        }

        private async Task StartAsync()
        {
            worker.On<AssignmentOffered>("AssignmentOffered", push => _first.TrySetResult(push.Assignment));
            await worker.StartAsync();
            await supervisor.StartAsync();
            var snapshot = await worker.InvokeAsync<WorkerSnapshot>("Connect", null);
            if (snapshot.Assignments is [var held, ..]) _first.TrySetResult(held);
            Note((await worker.InvokeAsync<CommandResult>("SetActivity", new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available })).Refusal);
        }

        private Task<SubmitResult> SubmitAsync() => worker.InvokeAsync<SubmitResult>("Submit", new SubmitCommand
        {
            OperationId = Guid.NewGuid(),
            AssignmentId = _task!.AssignmentId,
            LeaseEpoch = _task.LeaseEpoch,
            Answer = new JsonText("""{"choice":"1"}"""),
        });

        private void Note(Refusal? refusal)
        {
            if (refusal is not null) told.Enqueue(RefusalCodes.Name(refusal.Code));
        }

        private async Task NoteAsync(HttpResponseMessage response)
        {
            if (response.IsSuccessStatusCode) return;
            var body = await response.Content.ReadAsStringAsync();
            told.Enqueue(body.StartsWith('{') && JsonDocument.Parse(body).RootElement.TryGetProperty("code", out var code) ? code.GetString()! : $"{response.RequestMessage!.RequestUri}: {response.StatusCode} {body}");
        }

        // The client of SignalR puts nothing before what the server says.
        private static string CodeOf(string method, Exception failure) =>
            failure.Message.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end && failure.Message[..end].All(c => c is '_' or (>= 'a' and <= 'z')) ? failure.Message[..end] : $"{method}: {failure.Message}";

        private static HubConnection Hub(Uri address, string hub, string token) => new HubConnectionBuilder()
            .WithUrl(new Uri(address, $"hubs/{hub}"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(token))
            .AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions))
            .Build();
    }
}
