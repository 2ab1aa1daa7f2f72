using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Running.Joining;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects.Hub;

namespace Dispatch.LoadTests.Subjects.Dispatching;

/// <summary>Dispatch: real server processes on a real store, or one that runs somewhere already.</summary>
internal sealed class DispatchSubject(string store, Target target, string assembly) : ISubject
{
    /// <summary>Above the longest pause between two answers of one worker in any scenario: nobody sends heartbeats here.</summary>
    private const int LeaseSeconds = 14_400;

    private const int ConnectsAtOnce = 32;

    /// <summary>Indices of workers who may have none of the work.</summary>
    private const int IdleFrom = 1_000_000;

    private readonly List<ChildServer> _servers = [];
    private readonly List<HubSeat> _idle = [];
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, string> _tokens = new();
    private bool _isSelective;
    private readonly string _run = Guid.NewGuid().ToString("n")[..8];
    private string? _folder;
    private PrivatePostgreSql? _postgres;
    private HttpClient? _http;
    private Guid _project;
    private Guid _lastBatch;
    private int _nextTask;

    public string Name => store;

    public DispatchApi Api { get; private set; } = null!;

    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    public Guid Project => _project;

    public IReadOnlyList<Guid> Batches { get; private set; } = [];

    public string? Database => _postgres?.ConnectionString;

    public IReadOnlyList<WatchedProcess> Processes =>
        [.. _servers.Select((server, i) => new WatchedProcess(i == 0 ? "dispatch" : $"dispatch {i + 1}", server.Id)), .. _postgres is null ? [] : new[] { _postgres.Process }];

    public async Task StartAsync(Scenario scenario, Recording? recording, CancellationToken stop)
    {
        await StartServersAsync(scenario.Server);
        _http = new HttpClient { BaseAddress = Addresses[0], Timeout = TimeSpan.FromMinutes(30) };
        Api = new DispatchApi(_http) { Token = target.AdminToken };
        Api.Token ??= (await Api.GetDevTokenAsync(new DevTokenRequest { Name = "load", Roles = [Roles.Admin] }, stop)).Token;
        _project = await Api.CreateProjectAsync(
            new CreateProjectRequest
            {
                Name = $"load {_run}",
                Form = new FormSpec { Type = "preference", Settings = new JsonText("""{"tie":true}"""), Binding = new JsonText(recording is null ? Work.Binding : Work.RecordedBinding) },
                LeaseSeconds = LeaseSeconds,
                Dispatch = new DispatchPolicy { Prefetch = scenario.Work.Prefetch, OfferTimeoutSeconds = 3_600, LeaseMaxSeconds = LeaseSeconds },
            },
            cancellation: stop);
        _isSelective = scenario.IdleWorkers > 0;
        if (recording is null) await AddWorkAsync(scenario.Work, stop);
        else await AddRecordedAsync(recording, stop);
        await Parallel.ForEachAsync(Enumerable.Range(0, scenario.IdleWorkers), new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = stop }, async (i, token) =>
        {
            var seat = await HubSeat.ConnectAsync(new Uri(Addresses[i % Addresses.Count], "/hubs/worker"), await TokenAsync(IdleFrom + i, token), token);
            lock (_idle) _idle.Add(seat);
        });
    }

    public async Task<ISeat> SeatAsync(int index, CancellationToken stop)
    {
        var ticket = await TicketAsync(index, stop);
        return await HubSeat.ConnectAsync(ticket!.Hub, ticket.Token, stop);
    }

    public async Task<SeatTicket?> TicketAsync(int index, CancellationToken stop) =>
        new SeatTicket(index, new Uri(Addresses[index % Addresses.Count], "/hubs/worker"), await TokenAsync(index, stop));

    /// <summary>A worker's token, made where none was made before. What the server could not tell is asked again: names are unique, so it happens once.</summary>
    public async Task<string> TokenAsync(int index, CancellationToken stop)
    {
        // Who comes back has a token already.
        if (!_tokens.TryGetValue(index, out var token)) _tokens[index] = token = await MakeTokenAsync(index, stop);
        return token;
    }

    private async Task<string> MakeTokenAsync(int index, CancellationToken stop)
    {
        const int TriesMax = 5;
        var name = $"load {_run} {index}";
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (_isSelective && index < IdleFrom) await CreateSkilledAsync(name, stop);
                return (await Api.GetDevTokenAsync(new DevTokenRequest { Name = name, ProjectIds = [_project] }, stop)).Token;
            }
            catch (Exception failure) when (attempt < TriesMax && failure is DispatchApiException { Status: >= 500 } or HttpRequestException { StatusCode: >= System.Net.HttpStatusCode.InternalServerError })
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), stop);
            }
        }
    }

    public async Task AddTasksAsync(int count, CancellationToken stop)
    {
        var first = Interlocked.Add(ref _nextTask, count) - count;
        await Api.ImportAsync(_lastBatch, Work.StampedLines(first, count), cancellation: stop);
    }

    public Task<long?> CommitsAsync() => _postgres?.CommitsAsync() ?? Task.FromResult<long?>(null);

    public Task<long?> WalBytesAsync() => _postgres?.WalBytesAsync() ?? Task.FromResult<long?>(null);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_idle.Select(seat => seat.DisposeAsync().AsTask()));
        _http?.Dispose();
        foreach (var server in _servers) await server.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    private async Task CreateSkilledAsync(string name, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("api/v1/workers", UriKind.Relative))
        {
            Content = JsonContent.Create(new CreateWorkerRequest { Name = name, Labels = new JsonText("""{"skilled":true}"""), ProjectIds = [_project] }, options: DispatchJson.Options),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Api.Token);
        request.Headers.Add("Idempotency-Key", name);
        using var response = await _http!.SendAsync(request, stop);
        response.EnsureSuccessStatusCode();
    }

    private async Task AddWorkAsync(WorkSpec work, CancellationToken stop)
    {
        List<Guid> batches = [];
        for (var i = 0; i < work.Batches; i++)
        {
            var batch = await Api.CreateBatchAsync(
                _project,
                new CreateBatchRequest
                {
                    Name = $"load {i}",
                    Overlap = work.Overlap,
                    Gold = work.GoldShare > 0 ? new GoldSpec { Use = GoldUse.Share, Share = work.GoldShare } : new GoldSpec(),
                    Requires = _isSelective ? [new Selector { Label = "skilled", Operator = SelectorOperator.Equal, Value = new JsonText("true") }] : [],
                    Tier = work.Golden && i == work.Batches - 1 ? BatchTier.Golden : BatchTier.Standard,
                },
                cancellation: stop);
            batches.Add(batch);
            var count = (work.Tasks / work.Batches) + (i < work.Tasks % work.Batches ? 1 : 0);
            if (count > 0) await Api.ImportAsync(batch, Work.Lines(_nextTask, count), cancellation: stop);
            _nextTask += count;

            // The golden one is opened by the scenario, in front of everybody.
            if (!(work.Golden && i == work.Batches - 1)) await Api.ChangeBatchAsync(batch, "open", stop);
            _lastBatch = batch;
        }

        Batches = batches;
    }

    private async Task AddRecordedAsync(Recording recording, CancellationToken stop)
    {
        var batch = await Api.CreateBatchAsync(_project, new CreateBatchRequest { Name = "recorded", Overlap = 5 }, cancellation: stop);
        await using (var file = File.OpenRead(recording.TasksPath)) await Api.ImportAsync(batch, file, cancellation: stop);
        using var changes = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Concat(recording.OtherOverlaps.Select(task => System.Text.Json.JsonSerializer.Serialize(new { key = task.Key, overlap = task.Value }) + "\n"))));
        await Api.PatchTasksAsync(batch, changes, stop);
        await Api.ChangeBatchAsync(batch, "open", stop);
        (_lastBatch, Batches) = (batch, [batch]);
    }

    private async Task StartServersAsync(IReadOnlyDictionary<string, string> settings)
    {
        if (target.Address is { } running)
        {
            Addresses = [running];
            return;
        }

        _folder = Directory.CreateTempSubdirectory("dispatch-load-").FullName;
        if (store == "postgresql") _postgres = await PrivatePostgreSql.StartAsync();
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        List<Uri> addresses = [];
        for (var i = 0; i < target.Processes; i++)
        {
            Dictionary<string, string> environment = new()
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["Dispatch__Store"] = store,
                ["Dispatch__SqlitePath"] = Path.Combine(_folder, "load.db"),
                ["Dispatch__PostgreSql"] = _postgres?.ConnectionString ?? "",
                ["Dispatch__Auth__SigningKey"] = key,
            };
            foreach (var (name, value) in settings) environment[name] = value;
            var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
            _servers.Add(await ChildServer.StartDotnetAsync(assembly, environment, "Application started", "--urls", address.ToString()));
            addresses.Add(address);
        }

        Addresses = addresses;
    }
}
