using Dispatch.Contracts.Supervisor;
using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <summary>Owns the live backlog of one batch. Key: batch id. Only WorkerGrain awaits it for work, so no call cycle exists.</summary>
[Alias("dispatch.IBatchGrain")]
public interface IBatchGrain : IGrainWithGuidKey
{
    /// <summary>Hands one task to a worker, committed.</summary>
    /// <param name="request">Who and where to.</param>
    [Alias("Take")]
    Task<TakeReply> Take(TakeRequest request);

    /// <summary>Commits an answer and, if wanted, the next lease with it.</summary>
    /// <param name="request">The answer.</param>
    [Alias("Submit")]
    Task<SubmitReply> Submit(SubmitRequest request);

    /// <summary>Commits a return.</summary>
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

    /// <summary>Live figures; null when there is no such batch.</summary>
    [Alias("GetGauges"), ReadOnly]
    Task<BatchLive?> GetGauges();
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
