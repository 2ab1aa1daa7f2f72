using System.Threading.Channels;
using Dispatch.Contracts.Worker;

namespace Dispatch.Push;

/// <summary>
/// One connection with its bounded channel. Writing never waits; when the channel is full the connection has missed
/// something, what is queued is thrown away, and the client is told to ask for a snapshot: bounded memory for slow readers.
/// </summary>
public sealed class WorkerConnection : IAsyncDisposable
{
    /// <summary>Pushes waiting for one connection before it must resync.</summary>
    public const int QueueMax = 64;

    private static readonly object ResyncMark = new();
    private readonly IWorkerHubClient _client;
    private readonly Channel<object> _queue = Channel.CreateBounded<object>(new BoundedChannelOptions(QueueMax) { SingleReader = true });
    private readonly Task _loop;
    private int _resync;

    /// <summary>Starts the loop that writes to the client.</summary>
    /// <param name="connectionId">The connection.</param>
    /// <param name="client">Its client.</param>
    public WorkerConnection(string connectionId, IWorkerHubClient client)
    {
        ConnectionId = connectionId;
        _client = client;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The connection.</summary>
    public string ConnectionId { get; }

    /// <summary>Puts a push into the channel; full, it marks the connection for resync instead.</summary>
    /// <param name="push">The push.</param>
    /// <returns>False when the connection must resync.</returns>
    public bool Enqueue(object push)
    {
        if (Volatile.Read(ref _resync) == 0 && _queue.Writer.TryWrite(push)) return true;
        if (Interlocked.Exchange(ref _resync, 1) == 0)
        {
            while (_queue.Reader.TryRead(out _))
            {
                // What is queued is older than the snapshot the client will ask for.
            }

            _queue.Writer.TryWrite(ResyncMark);
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        await foreach (var push in _queue.Reader.ReadAllAsync())
        {
            try
            {
                await SendAsync(push);
            }
            catch (Exception)
            {
                // The connection is going away; the truth is in the database, and the next Connect reads it.
                return;
            }
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
                _ => throw new ArgumentException($"{push.GetType()} is not a push.", nameof(push)),
            };
        }

        Volatile.Write(ref _resync, 0);
        return _client.Resync();
    }
}
