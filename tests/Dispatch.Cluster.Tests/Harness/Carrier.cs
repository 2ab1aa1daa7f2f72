using System.Net.Sockets;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>Carries bytes between two connections, both ways. It can break them, or hold every byte back without closing anything, as a network does that loses packets.</summary>
public sealed class Carrier(TcpClient client, TcpClient upstream)
{
    private const int BufferSize = 16 * 1024;
    private readonly Socket _socket = client.Client;
    private volatile TaskCompletionSource? _frozen;

    /// <summary>Nothing arrives any more, either way.</summary>
    public void Freeze() => _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held back arrives now.</summary>
    public void Thaw()
    {
        var frozen = _frozen;
        _frozen = null;
        frozen?.TrySetResult();
    }

    /// <summary>Breaks without a goodbye.</summary>
    public void Cut()
    {
        try
        {
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in this moment.
        }

        Thaw();
        client.Dispose();
        upstream.Dispose();
    }

    /// <summary>Runs until one side ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            await Task.WhenAny(CopyAsync(client.GetStream(), upstream.GetStream()), CopyAsync(upstream.GetStream(), client.GetStream()));
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }

        client.Dispose();
        upstream.Dispose();
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[BufferSize];
        while (await from.ReadAsync(buffer) is > 0 and var length)
        {
            while (_frozen is { } frozen) await frozen.Task;
            await to.WriteAsync(buffer.AsMemory(0, length));
        }

        // The end of a connection is a packet too.
        while (_frozen is { } frozen) await frozen.Task;
    }
}
