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

    public async Task InitializeAsync() => _host = await ApiHost.StartAsync(new ApiHost { Environment = "Production", Wrap = store => FaultyStore.Over(store, _faults) });

    public Task DisposeAsync() => _host.DisposeAsync();

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

/// <summary>The real store, except for the calls that are told to fail.</summary>
public class FaultyStore : DispatchProxy
{
    private IDispatchStore _inner = null!;
    private Dictionary<string, Exception> _faults = null!;

    public static IDispatchStore Over(IDispatchStore inner, Dictionary<string, Exception> faults)
    {
        var proxy = Create<IDispatchStore, FaultyStore>();
        ((FaultyStore)(object)proxy)._inner = inner;
        ((FaultyStore)(object)proxy)._faults = faults;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (_faults.TryGetValue(targetMethod!.Name, out var fault)) throw fault;
        return targetMethod.Invoke(_inner, args);
    }
}
