using System.Net.Http.Headers;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Api;

/// <summary>One whole server for tests that command it and watch what workers are told. Every test has a project of its own.</summary>
public sealed class LiveServer : IAsyncLifetime
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private ServerHarness _harness = null!;

    public DispatchApi Api => _harness.Api;

    public HttpClient Boss { get; private set; } = null!;

    public Uri Address => _harness.Address;

    public async Task InitializeAsync()
    {
        _harness = await ServerHarness.StartAsync();
        Boss = As(Api.Token!);
    }

    public async Task DisposeAsync()
    {
        Boss.Dispose();
        await _harness.DisposeAsync();
    }

    public HttpClient As(string token)
    {
        var client = new HttpClient { BaseAddress = _harness.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A project with an open batch of tasks t/1, t/2, …</summary>
    public async Task<(Guid Project, Guid Batch)> SeedAsync(int tasks, int overlap = 1, DispatchPolicy? policy = null, int leaseSeconds = 600, IReadOnlyList<Selector>? requires = null, IReadOnlyList<ExceptionRule>? rules = null)
    {
        var project = await Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Dispatch = policy ?? new DispatchPolicy(), LeaseSeconds = leaseSeconds });
        return (project, await BatchAsync(project, tasks, overlap, requires, rules));
    }

    public async Task<Guid> BatchAsync(Guid project, int tasks, int overlap = 1, IReadOnlyList<Selector>? requires = null, IReadOnlyList<ExceptionRule>? rules = null)
    {
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = $"batch {Guid.NewGuid():N}", Overlap = overlap, Requires = requires ?? [], Rules = rules ?? [] });
        (await Api.ImportAsync(batch, Requests.Lines(tasks))).Refused.ShouldBe(0);
        await Api.ChangeBatchAsync(batch, "open");
        return batch;
    }

    public Task<WorkerConnection> ConnectAsync(Guid project, string? name = null) => _harness.ConnectAsync(name ?? $"worker {Guid.NewGuid():N}", project);

    /// <summary>A worker who is at work.</summary>
    public async Task<WorkerConnection> AvailableAsync(Guid project)
    {
        var connection = await ConnectAsync(project);
        (await connection.SetActivityAsync(Activity.Available)).Refusal.ShouldBeNull();
        return connection;
    }

    /// <summary>A worker who is at work and holds a task.</summary>
    public async Task<(WorkerConnection Worker, AssignmentMessage Task)> HoldingAsync(Guid project)
    {
        var worker = await AvailableAsync(project);
        return (worker, await worker.NextAsync(Patience));
    }

    public async Task<string> KeyOfAsync(AssignmentMessage task) => (await Api.GetAssignmentAsync(task.AssignmentId)).TaskKey;

    public Task<HttpResponseMessage> PostAsync(string path, object body, string? key = null, string? ifMatch = null) => Boss.SendJsonAsync(HttpMethod.Post, $"api/v1/{path}", body, key, ifMatch);

    public async Task<SupervisionDto> DoneAsync(string path, object body) => await (await PostAsync(path, body)).ReadAsync<SupervisionDto>();

    public async Task<T> GetAsync<T>(string path) => await (await Boss.GetAsync($"api/v1/{path}")).ReadAsync<T>();

    public async Task<TaskDto> TaskAsync(Guid batch, string key) => (await GetAsync<PageDto<TaskDto>>($"batches/{batch}/tasks")).Items.Single(task => task.Key == key);

    public static Task EventuallyAsync(Func<bool> probe, string what) => Eventually.TrueAsync(() => Task.FromResult(probe()), Patience, what);
}

[CollectionDefinition(nameof(LiveServer))]
public sealed class LiveServerCollection : ICollectionFixture<LiveServer>;
