using Dispatch.Engine.Matching;
using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <summary>Brings the idle workers of a project to its open batches. Key: project id. Keeps nothing: it is rebuilt by those who report to it.</summary>
[Alias("dispatch.IMatchmakerGrain")]
public interface IMatchmakerGrain : IGrainWithGuidKey
{
    /// <summary>Workers of one process that became idle or busy since its last report. Also the sign of life that keeps the matchmaker comparing work versions.</summary>
    /// <param name="idle">Became idle.</param>
    /// <param name="busy">Became busy, or left.</param>
    /// <returns>Identity of this life of the matchmaker: when it is another than before, the process reports all its idle workers again.</returns>
    [Alias("Report")]
    Task<Guid> Report(IReadOnlyList<IdleReportMessage> idle, IReadOnlyList<Guid> busy);

    /// <summary>What came of a proposal.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="took">It took something.</param>
    /// <param name="waits">It has room for more, and waits for it.</param>
    /// <param name="available">Tasks the batch still has for somebody.</param>
    [Alias("ProposalEnded"), OneWay]
    Task ProposalEnded(Guid workerId, Guid batchId, bool took, bool waits, int available);

    /// <summary>What a batch answered to the question who may have something of it.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="number">Of the question.</param>
    /// <param name="fit">Who may.</param>
    /// <param name="available">Tasks the batch still has for somebody.</param>
    [Alias("Screened"), OneWay]
    Task Screened(Guid batchId, long number, IReadOnlyList<Guid> fit, int available);

    /// <summary>A hint: the batch has work, or it changed.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="available">Tasks available; 0 when the sender does not know.</param>
    /// <param name="oldest">When the oldest of them was created; null when the sender does not know, or age does not matter.</param>
    [Alias("BatchHasWork"), OneWay]
    Task BatchHasWork(Guid batchId, int available, DateTimeOffset? oldest);

    /// <summary>Some idle workers, to explain a task by.</summary>
    /// <param name="limit">At most so many.</param>
    [Alias("Idle")]
    Task<IReadOnlyList<IdleWorkerInfo>> Idle(int limit);
}

/// <summary>An idle worker, as processes report one.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.idle-report")]
public sealed record IdleReportMessage
{
    /// <summary>The worker.</summary>
    [Id(0)] public required Guid WorkerId { get; init; }
    /// <summary>Since when the worker waits.</summary>
    [Id(1)] public required DateTimeOffset IdleSince { get; init; }
    /// <summary>Last turn.</summary>
    [Id(2)] public required DateTimeOffset LastTurnAt { get; init; }
    /// <summary>Standing.</summary>
    [Id(3)] public required double Standing { get; init; }
    /// <summary>Labels, as stored JSON.</summary>
    [Id(4)] public required string Labels { get; init; }

    /// <summary>For the wire.</summary>
    /// <param name="report">The report.</param>
    public static IdleReportMessage From(IdleReport report) => new()
    {
        WorkerId = report.WorkerId,
        IdleSince = report.IdleSince,
        LastTurnAt = report.LastTurnAt,
        Standing = report.Standing,
        Labels = report.Labels,
    };

    /// <summary>From the wire.</summary>
    public IdleReport ToReport() => new(WorkerId, IdleSince, LastTurnAt, Standing, Labels);
}
