using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Dispatch.Contracts;

namespace Dispatch.Cluster.Tests.History;

/// <summary>What came of an operation, as its caller knows it.</summary>
public enum Outcome
{
    /// <summary>Sent, and never answered: it may have taken effect or not.</summary>
    Unknown,
    /// <summary>Acknowledged.</summary>
    Ok,
    /// <summary>Refused for good: it must not have taken effect.</summary>
    Fail,
}

/// <summary>One submit as its caller saw it. Times are milliseconds since the run began.</summary>
public sealed record SubmitEntry
{
    public required Guid OperationId { get; init; }
    public required Guid WorkerId { get; init; }
    public required Guid AssignmentId { get; init; }

    /// <summary>When the person first had the task in hand, in whichever tab; null where nobody looked.</summary>
    public double? GotAt { get; init; }

    public required double InvokedAt { get; init; }
    public double? EndedAt { get; init; }
    public Outcome Outcome { get; init; }
    public string? Code { get; init; }
}

/// <summary>
/// Writes down every operation before it is sent and again when it has ended, into a file that outlives the run. An operation with no second line is unknown.
/// </summary>
public sealed class Journal : IAsyncDisposable
{
    /// <summary>Refusals after which it is still open whether the answer counts.</summary>
    private static readonly HashSet<RefusalCode> Open = [RefusalCode.Busy, RefusalCode.OutcomeUnknown, RefusalCode.InternalError];

    private readonly ConcurrentDictionary<Guid, SubmitEntry> _entries = new();
    private readonly ConcurrentDictionary<(Guid WorkerId, Guid AssignmentId), double> _inHand = new();
    private readonly Channel<SubmitEntry> _lines = Channel.CreateUnbounded<SubmitEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly Task _writing;

    public Journal(string path)
    {
        Path = path;
        _writing = WriteAsync();
    }

    public string Path { get; }

    public double Now => TimeProvider.System.GetElapsedTime(_began).TotalMilliseconds;

    public IReadOnlyCollection<SubmitEntry> Entries => [.. _entries.Values];

    public int Acknowledged => _entries.Values.Count(entry => entry.Outcome == Outcome.Ok);

    /// <summary>A tab has a task in hand.</summary>
    /// <returns>Since when the person has it: the other tab may have looked at it long before, and answer it later.</returns>
    public double Got(Guid workerId, Guid assignmentId) => _inHand.GetOrAdd((workerId, assignmentId), _ => Now);

    public SubmitEntry Invoke(Guid operationId, Guid workerId, Guid assignmentId, double? gotAt = null)
    {
        var entry = new SubmitEntry { OperationId = operationId, WorkerId = workerId, AssignmentId = assignmentId, GotAt = gotAt, InvokedAt = Now };
        Keep(entry);
        return entry;
    }

    public void End(SubmitEntry entry, Outcome outcome, string? code = null) => Keep(entry with { Outcome = outcome, Code = code, EndedAt = Now });

    /// <summary>Ends an entry as the server's word says; after some words it stays unknown.</summary>
    public void End(SubmitEntry entry, Refusal? refusal)
    {
        if (refusal is null) End(entry, Outcome.Ok);
        else if (!Open.Contains(refusal.Code)) End(entry, Outcome.Fail, RefusalCodes.Name(refusal.Code));
    }

    /// <summary>Reads a file again.</summary>
    public static async Task<IReadOnlyCollection<SubmitEntry>> ReadAsync(string path)
    {
        Dictionary<Guid, SubmitEntry> entries = [];
        await foreach (var line in File.ReadLinesAsync(path))
        {
            var entry = JsonSerializer.Deserialize<SubmitEntry>(line)!;
            entries[entry.OperationId] = entry;
        }

        return entries.Values;
    }

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private void Keep(SubmitEntry entry)
    {
        _entries[entry.OperationId] = entry;
        _lines.Writer.TryWrite(entry);
    }

    private async Task WriteAsync()
    {
        await using var file = new FileStream(Path, FileMode.Create, FileAccess.Write, FileShare.Read);
        await using var writer = new StreamWriter(file);
        while (await _lines.Reader.WaitToReadAsync())
        {
            while (_lines.Reader.TryRead(out var entry)) await writer.WriteLineAsync(JsonSerializer.Serialize(entry));
            await writer.FlushAsync();
            file.Flush(flushToDisk: true);
        }
    }
}
