using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Tests.Api;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;
using Microsoft.Extensions.Logging;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>One whole server for all bad input: what one test did to it, the next one would feel.</summary>
public sealed class HubServer : IAsyncLifetime
{
    public const string Preference = """{"tie":true,"reason":"optional"}""";
    public const string Rating = """{"dimensions":[{"name":"quality","min":1,"max":5},{"name":"harm","min":0,"max":5}],"reason":"optional"}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private ServerHarness _harness = null!;

    public ConcurrentQueue<string> Logs { get; } = new();

    public Uri Address => _harness.Address;

    public DispatchApi Api => _harness.Api;

    public Task InitializeAsync() => StartAsync(postgreSql: false);

    public async Task StartAsync(bool postgreSql) => _harness = await ServerHarness.StartAsync(postgreSql, builder =>
    {
        builder.Configuration["Dispatch:Auth:SigningKey"] = ApiHost.SigningKey;
        builder.Configuration["Dispatch:Auth:AllowedOrigins:0"] = "https://console.example.org";
        builder.Logging.ClearProviders().AddProvider(new CollectingLogs(Logs)).SetMinimumLevel(LogLevel.Debug);
    });

    public async Task DisposeAsync() => await _harness.DisposeAsync();

    public Task<DevTokenDto> TokenAsync(params Guid[] projects) =>
        Api.GetDevTokenAsync(new DevTokenRequest { Name = $"worker {Guid.NewGuid():N}", ProjectIds = projects });

    public async Task<List<JsonElement>> ExportAsync(Guid batch) => (await _harness.ExportAsync(batch)).ConvertAll(line => JsonDocument.Parse(line).RootElement);

    /// <summary>A project with an open batch of two tasks, so that an answer would bring another one.</summary>
    internal async Task<(Guid Project, Guid Batch)> SeedAsync(string form = "preference", string settings = Preference, params string[] lines)
    {
        var binding = form == "preference" ? """{"id":"id","prompt":"p","responses":["x","y"]}""" : """{"id":"id","prompt":"p","response":"x"}""";
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = $"project {Guid.NewGuid():N}",
            Form = new FormSpec { Type = form, Settings = new JsonText(settings), Binding = new JsonText(binding) },
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
        if (lines.Length == 0) lines = ["""{"id":"first","p":"p","x":"x","y":"y"}""", """{"id":"second","p":"p","x":"x","y":"y"}"""];
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))))).Refused.ShouldBe(0);
        await Api.ChangeBatchAsync(batch, "open");
        return (project, batch);
    }

    /// <summary>A worker who holds a task, on a raw socket.</summary>
    internal async Task<Bench> BenchAsync(string form = "preference", string settings = Preference)
    {
        var (project, batch) = await SeedAsync(form, settings);
        return await BenchAsync(project, batch);
    }

    internal async Task<Bench> BenchAsync(Guid project, Guid batch)
    {
        var token = await TokenAsync(project);
        var socket = await RawSocket.ConnectAsync(Address, token.Token);
        await socket.ResultAsync("Connect", "null");
        (await socket.CodeAsync("SetActivity", $$"""{"operationId":"{{Guid.NewGuid()}}","activity":"available"}""")).ShouldBeNull();
        return new Bench(this, socket, project, batch, token, await Bench.HeldAsync(socket));
    }

    /// <summary>A worker who does nothing wrong gets a task, answers it, and finds the answer in the export.</summary>
    internal async Task ShouldStillServeAsync()
    {
        var (project, batch) = await _harness.SeedAsync(tasks: 1);
        await using var good = await _harness.ConnectAsync($"good {Guid.NewGuid():N}", project);
        await good.SetActivityAsync(Activity.Available);
        (await good.SubmitAsync(await good.NextAsync(Patience), Requests.ChooseFirst)).Refusal.ShouldBeNull();
        (await _harness.ExportAsync(batch)).ShouldHaveSingleItem();
    }
}

/// <summary>All tests of bad input use the same server, one after another, and beside no others: what they send would spoil the memory other tests measure.</summary>
[CollectionDefinition(nameof(HubServer), DisableParallelization = true)]
public sealed class HubServerCollection : ICollectionFixture<HubServer>;

/// <summary>A worker on a raw socket who holds a task.</summary>
internal sealed record Bench(HubServer Server, RawSocket Socket, Guid Project, Guid Batch, DevTokenDto Worker, JsonElement Task) : IAsyncDisposable
{
    public Guid AssignmentId => Task.GetProperty("assignmentId").GetGuid();

    public int Epoch => Task.GetProperty("leaseEpoch").GetInt32();

    public string Submit(string answer, Guid? operation = null, string? epoch = null, Guid? assignment = null, string more = "") =>
        $$"""{"operationId":"{{operation ?? Guid.NewGuid()}}","assignmentId":"{{assignment ?? AssignmentId}}","leaseEpoch":{{epoch ?? $"{Epoch}"}},"answer":{{answer}}{{more}}}""";

    public string Draft(string draft, long version = 1, Guid? assignment = null) =>
        $$"""{"assignmentId":"{{assignment ?? AssignmentId}}","leaseEpoch":{{Epoch}},"draft":{{draft}},"version":{{version}}}""";

    public string Return(string reason = "null", Guid? operation = null, Guid? assignment = null) =>
        $$"""{"operationId":"{{operation ?? Guid.NewGuid()}}","assignmentId":"{{assignment ?? AssignmentId}}","leaseEpoch":{{Epoch}},"reason":{{reason}}}""";

    /// <summary>The one task a worker holds, as a fresh snapshot has it.</summary>
    public static async Task<JsonElement> HeldAsync(RawSocket socket)
    {
        JsonElement? held = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var assignments = (await socket.ResultAsync("Connect", "null")).GetProperty("assignments");
                held = assignments.GetArrayLength() == 0 ? null : assignments[0];
                return held is not null;
            },
            TimeSpan.FromSeconds(20),
            "a task held");
        return held!.Value;
    }

    /// <summary>Whatever was sent left no trace: the same hold under the same epoch, no draft, no answer; and everybody else can work.</summary>
    public async Task ShouldBeUntouchedAsync(RawSocket? by = null)
    {
        var held = await HeldAsync(by ?? Socket);
        held.GetProperty("assignmentId").GetGuid().ShouldBe(AssignmentId);
        held.GetProperty("leaseEpoch").GetInt32().ShouldBe(Epoch);
        held.GetProperty("draft").ValueKind.ShouldBe(JsonValueKind.Null);
        held.GetProperty("draftVersion").GetInt64().ShouldBe(0);
        (await Server.ExportAsync(Batch)).ShouldBeEmpty();
        await Server.ShouldStillServeAsync();
    }

    /// <summary>The same, seen from a new connection because the server closed the old one.</summary>
    public async Task ShouldBeUntouchedAfterCloseAsync()
    {
        await using var again = await RawSocket.ConnectAsync(Server.Address, Worker.Token);
        await ShouldBeUntouchedAsync(again);
    }

    public ValueTask DisposeAsync() => Socket.DisposeAsync();
}
