using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>
/// A TCP balancer in front of the servers: round robin over those that are ready, no stickiness. It can also cut what runs through it, or stop carrying it without
/// closing, as a network does.
/// </summary>
public sealed class Balancer : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<Uri> _servers;
    private readonly ConcurrentDictionary<Carrier, int> _carriers = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly bool[] _ready;
    private readonly Task _work;
    private int _next;

    public Balancer(IReadOnlyList<Uri> servers)
    {
        (_servers, _ready) = (servers, new bool[servers.Count]);
        _listener.Start(backlog: 1_024);
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _work = Task.WhenAll(AcceptAsync(), LookAsync());
    }

    public Uri Address { get; }

    /// <summary>Connections that run through it, by server.</summary>
    public int CountOf(int server) => _carriers.Values.Count(other => other == server);

    /// <summary>Whether people are sent there.</summary>
    public bool Sends(int server) => Volatile.Read(ref _ready[server]);

    /// <summary>Breaks every connection without a goodbye.</summary>
    public void CutAll()
    {
        foreach (var carrier in _carriers.Keys) carrier.Cut();
    }

    /// <summary>Carries nothing more of so many connections, and closes none: they are half open. What connects anew is carried.</summary>
    public void FreezeSome(int count)
    {
        foreach (var carrier in _carriers.Keys.Take(count)) carrier.Freeze();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CutAll();
        await _work;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(Look);
        do
        {
            await Task.WhenAll(Enumerable.Range(0, _servers.Count).Select(async i => _ready[i] = await IsReadyAsync(_servers[i])));
        }
        while (await NextAsync(timer));
    }

    private async Task<bool> NextAsync(PeriodicTimer timer)
    {
        try
        {
            return await timer.WaitForNextTickAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> IsReadyAsync(Uri server)
    {
        try
        {
            using var reply = await _http.GetAsync(new Uri(server, "/health/ready"), _stop.Token);
            return reply.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = CarryAsync(client);
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        client.NoDelay = true;
        for (var tries = 0; tries < _servers.Count; tries++)
        {
            var server = (int)((uint)Interlocked.Increment(ref _next) % _servers.Count);
            if (!_ready[server]) continue;
            var upstream = new TcpClient { NoDelay = true };
            try
            {
                await upstream.ConnectAsync(_servers[server].Host, _servers[server].Port, _stop.Token);
            }
            catch (Exception failure) when (failure is SocketException or OperationCanceledException)
            {
                upstream.Dispose();
                continue;
            }

            var carrier = new Carrier(client, upstream);
            _carriers.TryAdd(carrier, server);
            await carrier.RunAsync();
            _carriers.TryRemove(carrier, out _);
            return;
        }

        client.Dispose();
    }
}
