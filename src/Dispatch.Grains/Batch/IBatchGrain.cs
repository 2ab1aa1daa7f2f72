using Dispatch.Contracts.Supervisor;
using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <summary>Owns the live backlog of one batch. Key: batch id. Only WorkerGrain awaits it for work, so no call cycle exists.</summary>
[Alias("dispatch.IBatchGrain")]
public interface IBatchGrain : IGrainWithGuidKey
{
    /// <summary>Hands one task to a worker, committed: accepted, reserved, or as an offer, by the project's policy.</summary>
    /// <param name="request">Who and where to.</param>
    [Alias("Take")]
    Task<TakeReply> Take(TakeRequest request);

    /// <summary>Tells the matchmaker which of these workers may have something of the batch.</summary>
    /// <param name="request">The workers.</param>
    [Alias("Screen"), OneWay]
    Task Screen(ScreenRequest request);

    /// <summary>Commits an answer and, if wanted, the next lease with it.</summary>
    /// <param name="request">The answer.</param>
    [Alias("Submit")]
    Task<SubmitReply> Submit(SubmitRequest request);

    /// <summary>Commits the acceptance of an offer.</summary>
    /// <param name="request">The offer.</param>
    [Alias("Accept")]
    Task<RenewReply> Accept(AcceptRequest request);

    /// <summary>Commits that a reserved assignment is shown.</summary>
    /// <param name="request">The assignment.</param>
    [Alias("Promote")]
    Task<RenewReply> Promote(PromoteRequest request);

    /// <summary>Commits the end of an assignment without an answer: a return, a decline, an unshown reservation.</summary>
    /// <param name="request">What is given back.</param>
    [Alias("Return")]
    Task<BatchReply> Return(ReturnRequest request);

    /// <summary>Commits a renewal.</summary>
    /// <param name="request">The lease.</param>
    [Alias("Renew")]
    Task<RenewReply> Renew(RenewRequest request);

    /// <summary>A hint that rows of the batch changed in the store.</summary>
    [Alias("StoreChanged"), OneWay]
    Task StoreChanged();

    /// <summary>A hint that a supervisor's command took the ownership away: memory is to be loaded again. Without the hint the next commit would find it out.</summary>
    [Alias("OwnerChanged"), OneWay]
    Task OwnerChanged();

    /// <summary>Live figures; null when there is no such batch.</summary>
    [Alias("GetGauges"), ReadOnly]
    Task<BatchLive?> GetGauges();

    /// <summary>Accuracy, agreement and handling times of the batch, live; null when there is no such batch, or it is loading.</summary>
    [Alias("GetQuality")]
    Task<BatchQualityView?> GetQuality();

    /// <summary>How a task stands, and what bars it from idle workers; null when the batch does not exist.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="idle">Idle workers to ask about.</param>
    [Alias("ExplainTask")]
    Task<TaskExplanation?> ExplainTask(long taskId, IReadOnlyList<IdleWorkerInfo> idle);

    /// <summary>How many tasks of the window each reason keeps from a worker, by names of <see cref="Engine.Backlog.Bar"/>.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="labels">Labels, as stored JSON.</param>
    [Alias("ExplainFor")]
    Task<IReadOnlyDictionary<string, int>> ExplainFor(Guid workerId, string labels);
}

/// <summary>Live figures of one batch with its latest answers.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.live")]
public sealed record BatchLive
{
    /// <summary>The figures.</summary>
    [Id(0)] public required BatchGauges Gauges { get; init; }
    /// <summary>Latest answers, newest first.</summary>
    [Id(1)] public required IReadOnlyList<LatestAnswer> Latest { get; init; }
}
