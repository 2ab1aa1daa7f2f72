using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <summary>Brings the idle workers of a project to its open batches. Key: project id. Keeps nothing: it is rebuilt by those who report to it.</summary>
[Alias("dispatch.IMatchmakerGrain")]
public interface IMatchmakerGrain : IGrainWithGuidKey
{
    /// <summary>Workers of one process that became idle or busy since its last report. Also the sign of life that keeps the matchmaker comparing work versions.</summary>
    /// <param name="idle">Became idle, oldest first.</param>
    /// <param name="busy">Became busy, or left.</param>
    /// <returns>Identity of this life of the matchmaker: when it is another than before, the process reports all its idle workers again.</returns>
    [Alias("Report")]
    Task<Guid> Report(IReadOnlyList<Guid> idle, IReadOnlyList<Guid> busy);

    /// <summary>What came of a proposal.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="took">It took something.</param>
    /// <param name="available">Tasks the batch still has for somebody.</param>
    [Alias("ProposalEnded"), OneWay]
    Task ProposalEnded(Guid workerId, Guid batchId, bool took, int available);

    /// <summary>A hint: the batch has work, or it changed.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="available">Tasks available; 0 when the sender does not know.</param>
    [Alias("BatchHasWork"), OneWay]
    Task BatchHasWork(Guid batchId, int available);
}
