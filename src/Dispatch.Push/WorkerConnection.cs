using System.Threading.Channels;
using Dispatch.Contracts.Worker;

namespace Dispatch.Push;

/// <summary>How pushes are written.</summary>
public sealed class PushOptions
{
    /// <summary>How long one push may wait for a connection that does not read before the connection is closed.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Clock. Default the system's.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;
}

/// <summary>
/// One connection with its bounded channel. Writing never waits; when the channel is full the connection has missed
/// something, what is queued is thrown away, and the client is told to ask for a snapshot: bounded memory for slow readers.
/// One that takes nothing at all is closed.
/// </summary>
public sealed class WorkerConnection : IAsyncDisposable
{
    /// <summary>Pushes waiting for one connection before it must resync.</summary>
    public const int QueueMax = 64;

    private static readonly object ResyncMark = new();
    private readonly IWorkerHubClient _client;
    private readonly Action _abort;
    private readonly PushOptions _options;
    private readonly PushInstruments _instruments;
    private readonly Channel<object> _queue = Channel.CreateBounded<object>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
    private readonly CancellationTokenSource _gone = new();
    private readonly Task _loop;
    private int _resync;

    /// <summary>Starts the loop that writes to the client.</summary>
    /// <param name="connectionId">The connection.</param>
    /// <param name="client">Its client.</param>
    /// <param name="abort">Closes it.</param>
    /// <param name="options">Settings.</param>
    /// <param name="instruments">Figures.</param>
    public WorkerConnection(string connectionId, IWorkerHubClient client, Action abort, PushOptions options, PushInstruments instruments)
    {
        ConnectionId = connectionId;
        _client = client;
        _abort = abort;
        _options = options;
        _instruments = instruments;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The connection.</summary>
    public string ConnectionId { get; }

    /// <summary>Puts a push into the channel; full, it marks the connection for resync instead.</summary>
    /// <param name="push">The push.</param>
    /// <returns>False when the connection must resync.</returns>
    public bool Enqueue(object push)
    {
        if (Volatile.Read(ref _resync) == 0 && _queue.Writer.TryWrite(push))
        {
            _instruments.Delivered();
            return true;
        }

        Resync();
        return false;
    }

    /// <summary>Throws away what is queued, and has the client ask for a snapshot.</summary>
    public void Resync()
    {
        if (Interlocked.Exchange(ref _resync, 1) != 0) return;
        _instruments.Coalesced();
        while (_queue.Reader.TryRead(out _))
        {
            // What is queued is older than the snapshot the client will ask for.
        }

        _queue.Writer.TryWrite(ResyncMark);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _gone.CancelAsync();
        await _loop;
        _gone.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var push in _queue.Reader.ReadAllAsync()) await SendAsync(push).WaitAsync(_options.SendTimeout, _options.Time, _gone.Token);
        }
        catch (TimeoutException)
        {
            // A reader this slow keeps buffers of ours full; it reconnects when it can read again.
            _instruments.SlowReaderClosed();
            _abort();
        }
        catch (Exception)
        {
            // The connection is going away; the truth is in the database, and the next Connect reads it.
        }
    }

    private Task SendAsync(object push)
    {
        if (!ReferenceEquals(push, ResyncMark))
        {
            return push switch
            {
                AssignmentOffered offered => _client.AssignmentOffered(offered),
                AssignmentRecalled recalled => _client.AssignmentRecalled(recalled),
                AssignmentWithdrawn withdrawn => _client.AssignmentWithdrawn(withdrawn),
                ActivityChanged activity => _client.ActivityChanged(activity),
                StandingChanged standing => _client.StandingChanged(standing),
                Notice notice => _client.Notice(notice),
                ServerDraining draining => _client.ServerDraining(draining),
                _ => throw new ArgumentException($"{push.GetType()} is not a push.", nameof(push)),
            };
        }

        Volatile.Write(ref _resync, 0);
        return _client.Resync();
    }
}
