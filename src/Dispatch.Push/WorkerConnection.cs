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
/// One connection with its bounded queue. Enqueuing never waits; when the queue is full the connection has missed
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
    private readonly CancellationTokenSource _gone = new();

    // Also the lock of what follows. A channel and a loop that waits for it would be a kilobyte for each of thousands who are told nothing for hours.
    private readonly Queue<object> _queue = new();
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;
    private bool _mustResync;
    private bool _isClosed;

    /// <summary>A connection to which nothing was pushed yet.</summary>
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
    }

    /// <summary>The connection.</summary>
    public string ConnectionId { get; }

    /// <summary>Puts a push into the queue; full, it marks the connection for resync instead.</summary>
    /// <param name="push">The push.</param>
    /// <returns>False when the connection must resync, or is gone.</returns>
    public bool Enqueue(object push)
    {
        lock (_queue)
        {
            if (_isClosed || _mustResync) return false;
            if (_queue.Count < QueueMax)
            {
                _queue.Enqueue(push);
                Write();
                _instruments.Delivered();
                return true;
            }
        }

        Resync();
        return false;
    }

    /// <summary>Throws away what is queued, and has the client ask for a snapshot.</summary>
    public void Resync()
    {
        lock (_queue)
        {
            if (_isClosed || _mustResync) return;

            // What is queued is older than the snapshot the client will ask for.
            _queue.Clear();
            _mustResync = true;
            Write();
        }

        _instruments.Coalesced();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Close();
        await _gone.CancelAsync();
        await _writing;
        _gone.Dispose();
    }

    /// <summary>On a thread of its own: whoever pushes waits for nobody's socket.</summary>
    private void Write()
    {
        if (_isWriting) return;
        _isWriting = true;
        _writing = Task.Run(WriteAsync);
    }

    private async Task WriteAsync()
    {
        try
        {
            while (Next() is { } push) await SendAsync(push).WaitAsync(_options.SendTimeout, _options.Time, _gone.Token);
        }
        catch (TimeoutException)
        {
            // A reader this slow keeps buffers of ours full; it reconnects when it can read again.
            Close();
            _instruments.SlowReaderClosed();
            _abort();
        }
        catch (Exception)
        {
            // The connection is going away; the truth is in the database, and the next Connect reads it.
            Close();
        }
    }

    private object? Next()
    {
        lock (_queue)
        {
            if (_mustResync)
            {
                _mustResync = false;
                return ResyncMark;
            }

            if (_queue.TryDequeue(out var push)) return push;
            _isWriting = false;
            return null;
        }
    }

    private void Close()
    {
        lock (_queue)
        {
            _isClosed = true;
            _queue.Clear();
        }
    }

    private Task SendAsync(object push) => push switch
    {
        AssignmentOffered offered => _client.AssignmentOffered(offered),
        AssignmentRecalled recalled => _client.AssignmentRecalled(recalled),
        AssignmentWithdrawn withdrawn => _client.AssignmentWithdrawn(withdrawn),
        ActivityChanged activity => _client.ActivityChanged(activity),
        StandingChanged standing => _client.StandingChanged(standing),
        Notice notice => _client.Notice(notice),
        ProjectChanged project => _client.ProjectChanged(project),
        ServerDraining draining => _client.ServerDraining(draining),
        _ when ReferenceEquals(push, ResyncMark) => _client.Resync(),
        _ => throw new ArgumentException($"{push.GetType()} is not a push.", nameof(push)),
    };
}
