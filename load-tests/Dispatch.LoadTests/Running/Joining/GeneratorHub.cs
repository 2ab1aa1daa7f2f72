using System.Collections.Concurrent;
using System.Net;
using Dispatch.LoadTests.Reports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dispatch.LoadTests.Running.Joining;

/// <summary>A seat that another process may take.</summary>
internal sealed record SeatTicket(int Index, Uri Hub, string? Token);

/// <summary>What a joined generator is told to seat.</summary>
internal sealed record SeatOrder(string Label, string Scenario, IReadOnlyList<SeatTicket> Tickets);

/// <summary>What a joined generator measured: histograms as values and counts.</summary>
internal sealed record GeneratorResult(double Seconds, long[] LatencyValues, long[] LatencyCounts, long[] PushValues, long[] PushCounts, double CpuSeconds, double? RecoveredSeconds, int Failures, IReadOnlyList<Second> Timeline, Experience Experience);

/// <summary>Where generators join. It only knows who is there; the run calls them.</summary>
internal sealed class GeneratorHub(GeneratorDoor door) : Hub
{
    public override Task OnConnectedAsync()
    {
        door.Joined(Context.ConnectionId);
        return Task.CompletedTask;
    }
}

/// <summary>The run's own door on loopback, at which generators join.</summary>
internal sealed class GeneratorDoor : IAsyncDisposable
{
    private const long MessageBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly ConcurrentQueue<string> _joined = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private WebApplication? _app;

    public void Joined(string connection)
    {
        _joined.Enqueue(connection);
        _arrived.Release();
    }

    public async Task OpenAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddSingleton(this);
        builder.Services.AddSignalR(options =>
        {
            options.MaximumReceiveMessageSize = MessageBytes;
            options.ClientTimeoutInterval = Patience;
        });
        _app = builder.Build();
        _app.MapHub<GeneratorHub>("/join");
        await _app.StartAsync();
    }

    /// <summary>Waits until so many have joined.</summary>
    public async Task<IReadOnlyList<RemoteGenerator>> WaitAsync(int count, CancellationToken stop)
    {
        List<RemoteGenerator> generators = [];
        var hub = _app!.Services.GetRequiredService<IHubContext<GeneratorHub>>();
        while (generators.Count < count)
        {
            if (!await _arrived.WaitAsync(Patience, stop)) throw new TimeoutException($"{generators.Count} of {count} generators joined.");
            if (_joined.TryDequeue(out var connection)) generators.Add(new RemoteGenerator(hub.Clients.Client(connection)));
        }

        return generators;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _arrived.Dispose();
    }
}
