using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What of a past answer its author may be told: <see cref="GoldSecrecy"/> where gold is hidden, and nothing that would give an exam away.</summary>
public static class ToldEvidence
{
    /// <summary>Whether a judgement is told together with the answer that it is about.</summary>
    /// <param name="kind">One of <see cref="EvidenceKinds"/>.</param>
    /// <param name="policy">The project's policy.</param>
    public static bool IsTold(string kind, QualityPolicy policy) => kind != EvidenceKinds.Exam && GoldSecrecy.MayTellApart(policy.Gold, kind);

    /// <summary>Whether the accepted answers of a task are told once it is answered: in training always, in an exam never, elsewhere where gold is revealed.</summary>
    /// <param name="purpose">What the batch is for.</param>
    /// <param name="policy">The project's policy.</param>
    public static bool AcceptedIsTold(BatchPurpose purpose, QualityPolicy policy) => purpose switch
    {
        BatchPurpose.Training => true,
        BatchPurpose.Exam => false,
        _ => !GoldSecrecy.Hides(policy.Gold),
    };
}
