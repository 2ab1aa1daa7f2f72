using System.Text.Json;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality.Consensus;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What a completed task comes to.</summary>
/// <param name="AskOneMore">The answers are not sure enough yet.</param>
/// <param name="Verdict">The verdict; null with <paramref name="AskOneMore"/>.</param>
/// <param name="Evidence">What the answers say about those who gave them.</param>
/// <param name="Disagrees">No clear label, and no more answers may be asked for.</param>
internal sealed record TaskJudgement(bool AskOneMore, TaskVerdict? Verdict, IReadOnlyList<OutboxEvaluation> Evidence, bool Disagrees);

/// <summary>
/// Judges a completed task from its committed, counted answers and the accuracies stamped on them, and from nothing else: whoever judges it, after
/// whatever crash, comes to the same.
/// </summary>
internal static class TaskJudge
{
    /// <summary>Below this, a label that may not be asked about any more is not clear.</summary>
    private const double ClearFrom = 0.6;

    public static TaskJudgement Judge(UnjudgedTask task, ICompiledForm form, QualityPolicy policy, Guid projectId)
    {
        var answers = task.Votes.Select(vote => vote.Answer).ToArray();
        var votes = StampedVotes(task, form, policy);
        var decision = votes is null ? (OverlapDecision?)null : new DynamicOverlap(1, int.MaxValue, policy.DynamicOverlap?.Confidence ?? ClearFrom).Decide(votes.Votes, votes.Options);
        if (policy.DynamicOverlap is { } dynamic && decision is { Stop: false } && task.Votes.Count < dynamic.Max) return new TaskJudgement(true, null, [], false);

        // The label that the stamped accuracies speak for, said as its voters said it.
        var best = decision is { Label: { } label } ? task.Votes.Where((_, i) => votes!.Votes[i].Label == label).Select(vote => vote.Answer).ToArray() : answers;
        var aggregate = form.Aggregate(best.Length == 0 ? answers : best);
        var verdict = new TaskVerdict
        {
            TaskId = task.TaskId,
            Label = aggregate?.Answer,
            Confidence = decision?.Confidence ?? aggregate?.Confidence,
            Values = ValuesOf(form, answers),
            Answers = answers.Length,
        };
        var disagrees = answers.Length > 1 && (decision is { } decided ? decided.Confidence < ClearFrom || !decided.Stop : aggregate is null or { IsTied: true } or { Confidence: < ClearFrom });
        return new TaskJudgement(false, verdict, EvidenceOf(task, form, policy, projectId, votes), disagrees);
    }

    /// <summary>One array for each scale of the form, with a value for each answer.</summary>
    private static string ValuesOf(ICompiledForm form, string[] answers)
    {
        var values = answers.Select(form.ValuesOf).ToArray();
        return JsonSerializer.Serialize(form.Scales.Select((_, scale) => values.Select(value => scale < value.Count ? value[scale] : null).ToArray()).ToArray());
    }

    private sealed record Labelled(IReadOnlyList<StampedVote> Votes, int Options);

    /// <summary>Null where the form has no labels, or an answer has none: then there is nothing to be sure of.</summary>
    private static Labelled? StampedVotes(UnjudgedTask task, ICompiledForm form, QualityPolicy policy)
    {
        if (form.VoteOptions < 2 || task.Votes.Count == 0 || task.Votes.Any(vote => vote.Vote is null)) return null;
        var labels = task.Votes.Select(vote => vote.Vote!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return new Labelled(
            [.. task.Votes.Select(vote => new StampedVote(labels.IndexOf(vote.Vote!), vote.Accuracy ?? policy.PriorMean))],
            Math.Max(form.VoteOptions, labels.Count));
    }

    /// <summary>Each answer by the others alone. Gold says more about its answers than their consensus does.</summary>
    private static OutboxEvaluation[] EvidenceOf(UnjudgedTask task, ICompiledForm form, QualityPolicy policy, Guid projectId, Labelled? labelled)
    {
        if (policy.ConsensusWeight <= 0 || task.IsGold || task.Votes.Count < 2) return [];
        return [.. task.Votes.Select((vote, own) => new OutboxEvaluation(
            vote.WorkerId,
            EvidenceSources.Consensus(vote.AssignmentId),
            projectId,
            EvidenceKinds.Consensus,
            Math.Clamp(labelled is null ? MeanAgreement(task, form, own) : LabelPosterior.OfOthers(labelled.Votes, labelled.Options, own) ?? 0, 0, 1),
            policy.ConsensusWeight,
            vote.AssignmentId))];
    }

    private static double MeanAgreement(UnjudgedTask task, ICompiledForm form, int own) =>
        task.Votes.Where((_, other) => other != own).Average(other => form.AgreementOf(task.Votes[own].Answer, other.Answer));
}
