using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Reports;
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
    private readonly LeftBehind _made = new();
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, Guid> _people = new();
    private readonly DateTimeOffset _since = DateTimeOffset.UtcNow;
    private Scenario? _scenario;
    private Func<Task<ChildServer>>? _startFirst;
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

    public FormAnswers? Answers { get; private set; }

    public IReadOnlyList<Guid> Batches { get; private set; } = [];

    public string? Database => _postgres?.ConnectionString;

    public IReadOnlyList<WatchedProcess> Processes =>
        [.. _servers.Select((server, i) => new WatchedProcess(i == 0 ? "dispatch" : $"dispatch {i + 1}", server.Id)), .. _postgres is null ? [] : new[] { _postgres.Process }];

    public async Task StartAsync(Scenario scenario, Recording? recording, CancellationToken stop)
    {
        _scenario = scenario;
        await StartServersAsync(scenario.Server);
        _http = new HttpClient { BaseAddress = Addresses[0], Timeout = TimeSpan.FromMinutes(30) };
        Api = new DispatchApi(_http) { Token = target.AdminToken };
        if (Api.Token is null)
        {
            var admin = await DevTokenAsync(new DevTokenRequest { Name = $"load {_run} admin", Roles = [Roles.Admin] }, stop);
            Api.Token = admin.Token;
            _made.Admin(admin.WorkerId);
        }

        if (target.Project is { } own)
        {
            await UseProjectAsync(own, scenario, stop);
            return;
        }

        _project = await Api.CreateProjectAsync(
            new CreateProjectRequest
            {
                Name = $"load {_run}",
                Form = new FormSpec { Type = "preference", Settings = new JsonText("""{"tie":true}"""), Binding = new JsonText(recording is null ? Work.Binding : Work.RecordedBinding) },
                LeaseSeconds = LeaseSeconds,
                Dispatch = new DispatchPolicy { Prefetch = scenario.Work.Prefetch, OfferTimeoutSeconds = 3_600, LeaseMaxSeconds = LeaseSeconds },
                Quality = Quality(scenario.Work.RestrictBelow),
            },
            cancellation: stop);
        _made.Project(_project);
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
                var given = await DevTokenAsync(new DevTokenRequest { Name = name, ProjectIds = [_project] }, stop);
                _made.Person(given.WorkerId);
                _people[index] = given.WorkerId;
                return given.Token;
            }
            catch (Exception failure) when (attempt < TriesMax && failure is DispatchApiException { Status: 429 or >= 500 } or HttpRequestException { StatusCode: System.Net.HttpStatusCode.TooManyRequests or >= System.Net.HttpStatusCode.InternalServerError })
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), stop);
            }
        }
    }

    public async Task AddTasksAsync(int count, CancellationToken stop)
    {
        if (target.Project is not null) return;
        var first = Interlocked.Add(ref _nextTask, count) - count;
        await Api.ImportAsync(_lastBatch, Work.StampedLines(first, count), cancellation: stop);
    }

    public async Task<string?> OpenWorkAsync(CancellationToken stop) => await OwnProject.OpenWorkAsync(Api, _project, stop);

    public async Task<ServerSide?> ReadPeopleAsync(CancellationToken stop)
    {
        bool IsSpammer(int index) => _scenario!.Arrival.Kind == "people" && new Annotator(_scenario.People, _scenario.Seed, index).LooksAway;
        var people = _people.Where(person => person.Key < _scenario!.Workers).OrderBy(person => person.Key).Select(person => (person.Value, IsSpammer(person.Key)));
        return await new PeopleReading(_http!, Api, _project).ReadAsync(people, Batches, _since, stop);
    }

    public async Task<string?> CleanAsync()
    {
        if (target.Address is null || target.Keep || Api?.Token is null) return null;
        return await _made.CleanAsync(_http!, Api, _project);
    }

    /// <summary>Ends the first of the tool's own server processes as a power cut does.</summary>
    public async Task KillServerAsync()
    {
        if (_servers.Count > 0) await _servers[0].DisposeAsync();
    }

    /// <summary>Starts it again, on the same store and address.</summary>
    public async Task RestartServerAsync()
    {
        if (_servers.Count > 0) _servers[0] = await _startFirst!();
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

    /// <summary>Its form, gates and open batches stay as they are; only the people are the run's.</summary>
    private async Task UseProjectAsync(Guid own, Scenario scenario, CancellationToken stop)
    {
        if (scenario.IdleWorkers > 0 || scenario.Arrival.Kind == "replay") throw new ArgumentException($"--project: the scenario '{scenario.Name}' needs work of its own. Take another one.");
        var (project, answers, open) = await OwnProject.ReadAsync(_http!, Api, own, stop);
        (_project, Answers, Batches) = (project.ProjectId, answers, open);
    }

    private async Task<DevTokenDto> DevTokenAsync(DevTokenRequest request, CancellationToken stop)
    {
        try
        {
            return await Api.GetDevTokenAsync(request, stop);
        }
        catch (DispatchApiException shut) when (shut.Status == 404)
        {
            throw new ArgumentException($"The server at {Addresses[0]} gives no tokens for the asking, and the people of a load test need one each: start it in Development (or as the demo).", shut);
        }
    }

    private static QualityPolicy Quality(double restrictBelow) => restrictBelow <= 0
        ? new QualityPolicy()
        : new QualityPolicy
        {
            GoodAccuracy = restrictBelow,
            Rules = [new QualityRule { Name = "careless", Collector = QualityCollector.Accuracy, AtLeast = 0.95, Window = 10, Action = Contracts.Quality.QualityAction.Restrict }],
        };

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
            _made.Batch(batch);
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
        _made.Batch(batch);
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
            Task<ChildServer> StartAsync() => ChildServer.StartDotnetAsync(assembly, environment, "Application started", "--urls", address.ToString());
            _startFirst ??= StartAsync;
            _servers.Add(await StartAsync());
            addresses.Add(address);
        }

        Addresses = addresses;
    }
}
