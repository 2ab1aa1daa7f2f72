using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;

namespace Dispatch.Web.Answers;

/// <summary>What became of an answer, in the words of the console.</summary>
internal static class AnswerPhrases
{
    /// <summary>What became of it.</summary>
    /// <param name="fate">The fate.</param>
    public static string Fate(AnswerFate fate) => fate switch
    {
        AnswerFate.Counted => "it counts",
        AnswerFate.KeptAside => "kept aside: it came after its place was given away",
        AnswerFate.Rejected => "rejected: it does not count",
        _ => "",
    };

    /// <summary>What a judgement rests on.</summary>
    /// <param name="kind">Its kind, as on the wire.</param>
    public static string Kind(string kind) => kind switch
    {
        "gold" => "a task with a known answer",
        "review" => "a reviewer looked at your answer",
        "consensus" => "what others answered to the same task",
        "training" => "training",
        "reviewing" => "another reviewer looked at your review",
        _ => kind,
    };

    /// <summary>A score in a word, where there is one.</summary>
    /// <param name="score">In [0,1].</param>
    public static string Score(double score) => score >= 0.995 ? "right" : score <= 0.005 ? "wrong" : $"{score * 100:0} %";

    /// <summary>How a dispute stands.</summary>
    /// <param name="dispute">The dispute.</param>
    public static string State(DisputeView dispute) => dispute.State switch
    {
        DisputeState.Upheld => $"you were right: {dispute.Resolution}",
        DisputeState.Dismissed => $"it stands: {dispute.Resolution}",
        _ => "waiting for a decision",
    };

    /// <summary>Whether a judgement can still be disputed.</summary>
    /// <param name="judgement">The judgement.</param>
    public static bool MayDispute(AnswerJudgement judgement) => judgement is { Kind: "gold" or "review", Score: < 1, IsMasked: false, Dispute: null };

    /// <summary>A duration as one says it.</summary>
    /// <param name="milliseconds">The duration.</param>
    public static string Time(long milliseconds) => milliseconds < 60_000 ? $"{milliseconds / 1000.0:0.#} s" : $"{milliseconds / 60_000} min {milliseconds / 1000 % 60} s";
}
