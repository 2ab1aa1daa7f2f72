namespace Dispatch.Client;

/// <summary>Wire format of a connection.</summary>
public enum WireProtocol
{
    /// <summary>JSON: readable, and what browsers speak.</summary>
    Json = 0,
    /// <summary>MessagePack: smaller and faster.</summary>
    MessagePack = 1,
}

/// <summary>Settings of a worker connection.</summary>
public sealed class WorkerConnectionOptions
{
    /// <summary>Address of the server, without the hub's path.</summary>
    public required Uri Server { get; init; }

    /// <summary>Gives a token whenever a connection is made.</summary>
    public required Func<Task<string?>> AccessToken { get; init; }

    /// <summary>Wire format. Default JSON.</summary>
    public WireProtocol Protocol { get; init; } = WireProtocol.Json;

    /// <summary>Clock. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How often a sign of life is sent, held work or not: it renews leases and notices a stream that was lost. Default 15 s.</summary>
    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long one call may take before it is tried again under the same operation id. Default 10 s.</summary>
    public TimeSpan CallDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>First wait before a repeat; doubles up to <see cref="RetryMax"/>, with full jitter so that a crowd does not come back at once. Default 200 ms.</summary>
    public TimeSpan RetryFirst { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest wait before a repeat. Default 5 s.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Jitter in [0,1). Default random.</summary>
    public Func<double> Jitter { get; init; } = ClientIds.Jitter;
}
