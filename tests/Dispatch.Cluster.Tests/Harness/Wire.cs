using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>The network between somebody and one address: everything that goes there goes through it, and it can be taken away for a while.</summary>
public sealed class Wire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Carrier, byte> _carriers = new();
    private readonly int _target;
    private readonly Task _work;
    private volatile TaskCompletionSource? _frozen;

    /// <param name="target">Port of this machine that it leads to.</param>
    public Wire(int target)
    {
        _target = target;
        _listener.Start();
        _work = AcceptAsync();
    }

    /// <summary>Port of this machine to connect to instead.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Nothing arrives any more; what connects waits.</summary>
    public void Freeze()
    {
        _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var carrier in _carriers.Keys) carrier.Freeze();
    }

    /// <summary>What was held back arrives.</summary>
    public void Thaw()
    {
        var frozen = _frozen;
        _frozen = null;
        frozen?.TrySetResult();
        foreach (var carrier in _carriers.Keys) carrier.Thaw();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Thaw();
        foreach (var carrier in _carriers.Keys) carrier.Cut();
        await _work;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
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
        while (_frozen is { } frozen) await frozen.Task;
        var upstream = new TcpClient { NoDelay = true };
        try
        {
            await upstream.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            upstream.Dispose();
            client.Dispose();
            return;
        }

        var carrier = new Carrier(client, upstream);
        _carriers.TryAdd(carrier, 0);
        if (_frozen is not null) carrier.Freeze();
        await carrier.RunAsync();
        _carriers.TryRemove(carrier, out _);
    }
}
