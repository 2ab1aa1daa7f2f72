using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Quality;

/// <summary>Looks after gold: how it fares, retiring it, and correcting it with everybody it touched judged anew.</summary>
public sealed class GoldDesk(IDispatchStore store, FormCatalog forms, IWorkSignals signals)
{
    /// <summary>Gold of a project as it fares.</summary>
    /// <param name="record">The row.</param>
    /// <param name="form">The project's form.</param>
    public static GoldDto Dto(GoldRecord record, ICompiledForm form)
    {
        var verdict = GoldHealth.Judge([.. record.Results.Select(result => new GoldAnswer(result.Score, result.Accuracy))], Math.Max(2, form.VoteOptions));
        var n = record.Results.Count;
        double? mean = n == 0 ? null : record.Results.Average(result => result.Score);
        double? expected = n == 0 ? null : record.Results.Average(result => result.Accuracy);
        return new GoldDto
        {
            BatchId = record.BatchId,
            TaskKey = record.TaskKey,
            Known = new JsonText(record.KnownAnswer),
            Retired = record.Retired,
            Exposures = n,
            MeanScore = mean,
            ExpectedScore = expected,
            Suspect = verdict.IsSuspect || verdict.IsLeaked,
            Why = Why(verdict, mean, expected),
        };
    }

    /// <summary>
    /// Replaces the accepted answers first, so that nothing more is scored by the old ones; then judges anew what was. Both steps can be repeated: the rows of the second
    /// carry the version of the correction in their source.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="request">The correction.</param>
    public async Task<GoldCorrectionDto> CorrectAsync(HttpContext context, BatchRecord batch, GoldCorrectionRequest request)
    {
        var (_, form) = await ProjectForms.ReadAsync(batch.ProjectId, store, forms, context.RequestAborted);
        var content = await store.FindTaskContentAsync(batch.BatchId, request.Key, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownTask, "task");
        var known = GoldAnswers.Read(request.Known.Json, content, form, out var fault)
            ?? throw Problems.Refuse(400, RefusalCode.FormMismatch, fault!, "Send an answer to this task in the form's canonical shape, as exports show it, or {\"accepted\":[…]} with several.", "$.known");
        var operation = ApiCalls.Operation(context, "gold.correct", request, batch.BatchId) with { Reason = request.Reason };
        ApiCalls.Require(context, await store.CorrectGoldAsync(batch.BatchId, request.Key, known, operation, context.RequestAborted), RefusalCode.UnknownTask);
        signals.TakenOver(batch.ProjectId, batch.BatchId);

        var rows = await store.ListGoldAnswersAsync(batch.BatchId, request.Key, context.RequestAborted);
        var correction = operation.OperationId.ToString("N");
        List<OutboxEvaluation> evidence = [];
        var changed = 0;
        foreach (var row in rows)
        {
            var score = form.ScoreGold(known, row.Answer);
            if (score == row.Score) continue;
            changed++;
            evidence.Add(new OutboxEvaluation(row.WorkerId, $"mask:{row.Source}", batch.ProjectId, EvidenceKinds.Mask, 0, 0, row.AssignmentId, row.Source));
            evidence.Add(new OutboxEvaluation(row.WorkerId, $"gold:{row.AssignmentId:N}:{correction}", batch.ProjectId, EvidenceKinds.Gold, score, 1, row.AssignmentId));
        }

        if (evidence.Count > 0) await store.AppendOutboxAsync(evidence, context.RequestAborted);
        var workers = evidence.Select(row => row.WorkerId).Distinct().ToArray();
        foreach (var worker in workers) signals.Learned(worker);
        return new GoldCorrectionDto { Rescored = rows.Count, Changed = changed, Workers = workers.Length };
    }

    private static string? Why(GoldVerdict verdict, double? mean, double? expected)
    {
        if (verdict.IsLeaked) return "It has become much easier than it was: people may be telling each other the answer. Retire it.";
        if (!verdict.IsSuspect) return null;
        var figures = FormattableString.Invariant($"Workers who were expected to score {expected:0.00} scored {mean:0.00} on it ({verdict.Answers} answers).");
        return verdict.ProbabilityWrong >= verdict.ProbabilityAmbiguous
            ? $"{figures} Its accepted answer is probably wrong: correct it."
            : $"{figures} Good workers are split on it: accept both answers, or retire it.";
    }
}
