using System.Net;
using System.Reflection;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Storage;
using Dispatch.TestKit;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>The database fails, the connection breaks, two do the same thing at once.</summary>
public sealed class TroubleTests : IAsyncLifetime
{
    private readonly Dictionary<string, Exception> _faults = [];
    private ApiHost _host = null!;
    private int _halfWay;

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync(new ApiHost { Environment = "Production", Wrap = store => FaultyStore.Over(store, _faults, Instead) });

    public Task DisposeAsync() => _host.DisposeAsync();

    private object? Instead(IDispatchStore store, string method, object?[] arguments) => method == nameof(IDispatchStore.ImportWholeAsync) && _halfWay > 0
        ? HalfWayAsync(store, (ImportRecord)arguments[0]!, (Operation)arguments[1]!, (IReadOnlyList<NewTask>)arguments[2]!, (IReadOnlyList<ImportLineError>)arguments[3]!)
        : null;

    [Fact]
    public async Task DatabaseCannotSay_TheSameKeyIsSafeToRepeat()
    {
        using var admin = _host.Admin();
        var (request, key) = (new CreateWorkerRequest { Name = "Ada" }, Guid.NewGuid().ToString());
        _faults[nameof(IDispatchStore.CreateWorkerAsync)] = new StoreUnavailableException("no answer from 10.0.0.7", new IOException("socket"));
        var refused = await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request, key);
        var problem = await refused.ShouldBeRefusedAsync(503, "outcome_unknown");
        problem.GetProperty("retryAfterMs").GetInt32().ShouldBe(1_000);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        problem.GetRawText().ShouldNotContain("10.0.0.7");

        _faults.Clear();
        (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request, key)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Surprise_TellsNothingOfOurInsides()
    {
        using var admin = _host.Admin();
        _faults[nameof(IDispatchStore.ListProjectsAsync)] = new InvalidOperationException("secret of the inside");
        var problem = await (await admin.GetAsync("api/v1/projects")).ShouldBeRefusedAsync(500, "internal_error");
        problem.GetRawText().ShouldNotContain("secret");
        _host.Logs.ShouldContain(line => line.Contains("secret of the inside", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DatabaseGoneInMidImport_SentAgainGoesOn()
    {
        using var admin = _host.Admin();
        var (batch, key) = (await _host.BatchAsync(), Guid.NewGuid().ToString());
        var lines = string.Join('\n', Enumerable.Range(1, 3_000).Select(i => Line(i)));
        _faults[nameof(IDispatchStore.FinishImportAsync)] = new StoreUnavailableException("gone", new IOException());
        await (await admin.ImportAsync(batch, lines, key)).ShouldBeRefusedAsync(503, "outcome_unknown");
        _faults.Clear();
        var report = await (await admin.ImportAsync(batch, lines, key)).ReadAsync<ImportDto>();
        (report.Status, report.Accepted, report.Refused).ShouldBe(("completed", 3_000, 0));
    }

    [Fact]
    public async Task DatabaseCannotSay_OfAShortImport_SentAgainIsOnce()
    {
        using var admin = _host.Admin();
        var (batch, key) = (await _host.BatchAsync(), Guid.NewGuid().ToString());
        _faults[nameof(IDispatchStore.ImportWholeAsync)] = new StoreUnavailableException("gone", new IOException());
        await (await admin.ImportAsync(batch, Line(1), key)).ShouldBeRefusedAsync(503, "outcome_unknown");
        _faults.Clear();
        (await (await admin.ImportAsync(batch, Line(1), key)).ReadAsync<ImportDto>()).Accepted.ShouldBe(1);
        (await (await admin.ImportAsync(batch, Line(1), key)).ReadAsync<ImportDto>()).Accepted.ShouldBe(1);
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).ReadAsync<BatchDto>()).Tasks.ShouldBe(1);
    }

    /// <summary>As after an update from a version that knew only chunks.</summary>
    [Fact]
    public async Task ShortImportBegunByChunks_GoesOnAfterItsMark()
    {
        using var admin = _host.Admin();
        var (batch, key) = (await _host.BatchAsync(), Guid.NewGuid().ToString());
        var lines = string.Join('\n', Enumerable.Range(1, 1_500).Select(i => i % 500 == 0 ? "bad" : Line(i)));
        _halfWay = 700;
        await (await admin.ImportAsync(batch, lines, key)).ShouldBeRefusedAsync(503, "outcome_unknown");
        _halfWay = 0;

        var report = await (await admin.ImportAsync(batch, lines, key)).ReadAsync<ImportDto>();

        (report.Status, report.LinesDone, report.Accepted, report.Refused).ShouldBe(("completed", 1_500, 1_497, 3));
        report.Errors.Select(error => error.Line).ShouldBe([500, 1_000, 1_500]);
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).ReadAsync<BatchDto>()).Tasks.ShouldBe(1_497);
    }

    /// <summary>Feeds by chunks as far as it is told, and falls over.</summary>
    private async Task<(ApplyOutcome, ImportRecord?)> HalfWayAsync(IDispatchStore store, ImportRecord import, Operation operation, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors)
    {
        await store.BeginImportAsync(import with { LinesDone = 0 }, operation, CancellationToken.None);
        await store.AppendChunkAsync(import.ImportId, 0, _halfWay, [.. tasks.Where(task => task.Line <= _halfWay)], [.. errors.Where(error => error.Line <= _halfWay)], null, CancellationToken.None);
        throw new StoreUnavailableException("gone", new IOException());
    }

    [Fact]
    public async Task ConnectionBreaksInMidImport_SentAgainGoesOn()
    {
        using var admin = _host.Admin();
        var (batch, key) = (await _host.BatchAsync(), Guid.NewGuid().ToString());
        var lines = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(1, 9_000).Select(i => Line(i))));
        await Should.ThrowAsync<HttpRequestException>(() => admin.ImportAsync(batch, new BreakingContent(lines, lines.Length * 3 / 4, CommittedAsync), key));

        // Not before three chunks are in: a break before the first leaves nothing to go on after.
        Task CommittedAsync() => Eventually.TrueAsync(async () => (await _host.Store.GetCountersAsync(batch, CancellationToken.None))!.Tasks >= 6_000, TimeSpan.FromSeconds(20), "three chunks committed");

        // The server may still be at the last chunk it got; until it notices, the second feeder is told so.
        HttpResponseMessage response;
        do
        {
            response = await admin.ImportAsync(batch, new ByteArrayContent(lines), key);
        }
        while (response.StatusCode == HttpStatusCode.Conflict);
        var report = await response.ReadAsync<ImportDto>();
        (report.Status, report.LinesDone, report.Accepted, report.Refused).ShouldBe(("completed", 9_000, 9_000, 0));
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).ReadAsync<BatchDto>()).Tasks.ShouldBe(9_000);
    }

    [Fact]
    public async Task SameImportFedTwiceAtOnce_EveryLineIsOneTask()
    {
        using var admin = _host.Admin();
        var (batch, key) = (await _host.BatchAsync(), Guid.NewGuid().ToString());
        var lines = string.Join('\n', Enumerable.Range(1, 8_000).Select(i => Line(i)));
        var replies = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => admin.ImportAsync(batch, lines, key)));
        replies.ShouldAllBe(reply => reply.StatusCode == HttpStatusCode.OK || reply.StatusCode == HttpStatusCode.Conflict);
        var report = await (await admin.ImportAsync(batch, lines, key)).ReadAsync<ImportDto>();
        (report.Status, report.Accepted, report.Refused).ShouldBe(("completed", 8_000, 0));
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).ReadAsync<BatchDto>()).Tasks.ShouldBe(8_000);
    }

    [Fact]
    public async Task SameCreateSentManyTimesAtOnce_MakesOne()
    {
        using var admin = _host.Admin();
        var (request, key) = (new CreateWorkerRequest { Name = "Grace" }, Guid.NewGuid().ToString());
        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request, key)));
        var ids = await Task.WhenAll(replies.Select(reply => reply.ReadAsync<CreatedDto>()));
        ids.Select(created => created.Id).Distinct().Count().ShouldBe(1);
        replies.Count(reply => !reply.Headers.Contains("Idempotent-Replayed")).ShouldBe(1);
    }

    /// <summary>A body of stated length that breaks off.</summary>
    private sealed class BreakingContent(byte[] bytes, int sent, Func<Task> taken) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, sent));
            await stream.FlushAsync();
            await taken();
            throw new IOException("The cable is cut.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}

/// <summary>The real store, except for the calls that are told to fail, or that something else is done instead of.</summary>
public class FaultyStore : DispatchProxy
{
    private IDispatchStore _inner = null!;
    private Dictionary<string, Exception> _faults = null!;
    private Func<IDispatchStore, string, object?[], object?>? _instead;

    public static IDispatchStore Over(IDispatchStore inner, Dictionary<string, Exception> faults, Func<IDispatchStore, string, object?[], object?>? instead = null)
    {
        var proxy = Create<IDispatchStore, FaultyStore>();
        ((FaultyStore)(object)proxy)._inner = inner;
        ((FaultyStore)(object)proxy)._faults = faults;
        ((FaultyStore)(object)proxy)._instead = instead;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (_faults.TryGetValue(targetMethod!.Name, out var fault)) throw fault;
        return _instead?.Invoke(_inner, targetMethod.Name, args!) ?? targetMethod.Invoke(_inner, args);
    }
}
