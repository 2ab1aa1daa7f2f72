using System.Globalization;
using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Agreement;

/// <summary>What is compared of quality and standing.</summary>
internal sealed partial class AgreementRun
{
    /// <summary>So small that lists have several pages.</summary>
    private const int PageSize = 3;

    private async Task CompareQualityAsync(string when)
    {
        foreach (var batch in _batches)
        {
            await SameAsync(async store => Lines((await store.ListUnjudgedAsync(batch, 4, default)).Select(Described)), when);
            await SameAsync(async store => Lines((await store.LoadVerdictsAsync(batch, 0, 100, default)).Select(Described)), when);
            await SameAsync(async store => Lines((await store.LoadControlsAsync(batch, default)).Select(row => row.ToString())), when);
        }

        var (one, worker) = (Of(_batches), Of(_workers));
        await SameAsync(async store => Lines(await ListAsync(store.ExportVerdictsAsync(one, default), row => $"{row.TaskKey} {row.Content} {Described(row.Verdict)}")), when);
        await SameAsync(async store => Lines(await ListAsync(store.ExportJudgmentsAsync(one, default), row => $"{row.AssignmentId} {row.Counted} {row.Late} {row.Vote} {row.FixedAnswer} {row.State}")), when);
        await SameAsync(async store => Lines((await store.LoadControlsSeenAsync(one, worker, default)).Select(id => id.ToString(CultureInfo.InvariantCulture))), when);
        await SameAsync(async store => $"{await store.CountSharesAsync(one, worker, default)}", when);
        await SameAsync(async store => Lines((await store.ListTasksAsync(one, null, 100, default)).Items.Select(row => (row with { CreatedAt = default }).ToString())), when);
        var (of, reviewer) = (Once(0.5) ? one : (Guid?)null, Once(0.5) ? Of(_reviewers) : (Guid?)null);
        await SameAsync(async store => Lines(await AllAsync(from => store.ListReviewsAsync(_under.Project, of, reviewer, from, PageSize, default), Described)), when);
        await SameAsync(async store => Lines(await AllAsync(
            from => store.ListGoldAsync(_under.Project, of, from, PageSize, default),
            row => $"{row.TaskKey} {row.KnownAnswer} {row.Retired} {string.Join(',', row.Results.Select(result => (FormattableString)$"{result.Score}/{result.Accuracy}").Select(FormattableString.Invariant))}")), when);
        var key = Of(_model.Batches[one].ByKey.Keys.Order(StringComparer.Ordinal).ToArray());
        await SameAsync(async store => Lines((await store.ListReviewersAsync(_under.Project, TimeSpan.FromMinutes(10), 100, default)).Select(row => (row with { MeanGap = null }).ToString())), when);
        await SameAsync(async store => (await store.FindTaskContentAsync(one, key, default))!, when);
        await SameAsync(async store => Lines((await store.ListGoldAnswersAsync(one, key, default)).Select(row => row.ToString())), when);
        await CompareWorkersAsync(one, when);
    }

    private async Task CompareWorkersAsync(Guid batch, string when)
    {
        foreach (var worker in _workers)
        {
            var after = new FoldPosition(_under.Project, _random.Next(4), 0);
            await SameAsync(async store => Lines((await store.LoadEvaluationsAsync(worker, [after], 100, default)).Select(Described)), when);
            await SameAsync(async store => Lines((await store.LoadRestrictionsAsync(worker, default)).Select(Described).Order(StringComparer.Ordinal)), when);
            await SameAsync(async store => Lines((await store.LoadMembershipsAsync(worker, default)).Select(Described)), when);
            var of = Once(0.5) ? _under.Project : (Guid?)null;
            await SameAsync(async store => Described(await store.LoadExamsAsync(worker, of, default)), when);
        }

        var (one, byProject) = (Of(_workers), Once(0.5) ? _under.Project : (Guid?)null);
        await SameAsync(async store => $"{(await store.LoadHandlingAsync(one, 0, 100, default)).Count}", when);
        await SameAsync(async store => Lines(await AllAsync(from => store.ListEvaluationsAsync(one, _under.Project, from, PageSize, default), Described)), when);
        await SameAsync(async store => Lines(await AllAsync(from => store.ListPastAnswersAsync(one, byProject, from, PageSize, PageSize + 2, default), Described)), when);
        await SameAsync(async store => Lines(await ListAsync(store.ExportEvaluationsAsync(_under.Project, default), Described)), when);
        var waiting = Once(0.5);
        await SameAsync(async store => Lines((await AllAsync(from => store.ListRestrictionsAsync(_under.Project, waiting, from, PageSize, default), Described)).Order(StringComparer.Ordinal)), when);
        await SameAsync(async store => $"{(await store.CountOpenRestrictionsAsync(_under.Project, 1, default)).Count}", when);
        var (byWorker, byBatch) = (Once(0.5) ? one : (Guid?)null, Once(0.5) ? batch : (Guid?)null);
        await SameAsync(async store => Lines(await AllAsync(from => store.ListGateEventsAsync(byWorker, byBatch, from, PageSize, default), Described)), when);
        var openOnly = Once(0.5);
        await SameAsync(async store => Lines(await AllAsync(from => store.ListDisputesAsync(byBatch is null ? null : _under.Project, byWorker, openOnly, from, PageSize, default), row => $"{row.DisputeId} {row.WorkerId} {row.Source} {row.State} {row.Resolution} {row.ResolverId} {When(row.DecidedAt)}")), when);
        await SameAsync(async store => Lines(await ListAsync(store.LoadBoardAsync(_under.Project, default), row => row.ToString())), when);
        await SameAsync(async store => Lines((await store.ListStaleOutboxAsync(TimeSpan.Zero, 100, default)).Select(id => id.ToString())), when);
        await SameAsync(async store => $"{(await store.GetPriorAsync(_under.Project, default))?.Version}", when);
        await SameAsync(async store => $"{(await store.GetWorkerAsync(one, default))!.BoardName} {(await store.GetWorkerAsync(one, default))!.OnBoard} {(await store.GetWorkerAsync(one, default))!.Version}", when);
        if (_model.Assignments.Count == 0) return;
        var assignment = Of(_model.Assignments.Keys.ToArray());
        await SameAsync(async store => $"{await store.GetGateStampAsync(assignment, default)}", when);
        await SameAsync(async store => Lines((await store.LoadReviewsAsync(assignment, default)).Select(Described)), when);
    }

    private static async Task<List<string>> AllAsync<T>(Func<PageCursor?, Task<Page<T>>> page, Func<T, string> described)
    {
        List<string> all = [];
        PageCursor? from = null;
        do
        {
            var next = await page(from);
            all.AddRange(next.Items.Select(described));
            from = next.Next;
        }
        while (from is not null);
        return all;
    }

    private static async Task<List<string>> ListAsync<T>(IAsyncEnumerable<T> rows, Func<T, string> described)
    {
        List<string> all = [];
        await foreach (var row in rows) all.Add(described(row));
        return all;
    }

    private static string Described(UnjudgedTask task) => $"{task.TaskId} {task.TaskKey} {task.Overlap} {task.IsGold} {string.Join("; ", task.Votes.Select(vote => vote with { Handling = default }))}";

    // The ordinal itself is the store's own; what it must give is the order.
    private static string Described(TaskVerdict verdict) => (verdict with { Ordinal = 0, JudgedAt = default }).ToString();

    private static string Described(EvaluationRow row) => (row with { CreatedAt = default }).ToString();

    private static string Described(ExamRows rows) => Lines(
        [
            .. rows.Attempts.Select(row => $"{row with { EndedAt = default, NextAt = null }} {When(row.EndedAt)} {When(row.NextAt)}"),
            .. rows.Grants.Select(row => (row with { At = default }).ToString()).Order(StringComparer.Ordinal),
            .. rows.Answers.Select(Described),
        ]);

    private static string Described(GateEvent row) => (row with { EventId = 0, At = default }).ToString();

    private static string Described(ReviewRow row) => $"{row with { SubmittedAt = default, CreatedAt = default, DecidedAt = null }} {When(row.DecidedAt)}";

    private static string Described(PastAnswerRow row) => Lines(
        [
            $"{row.AssignmentId} {row.WorkerId} {row.ProjectId} {row.ProjectVersion} {row.Purpose} {row.Content} {string.Join(',', row.Presentation)} {row.Answer} {row.Counted} {row.State} {row.GoldAnswer} {row.TakenOut}",
            .. row.Reviews.Select(word => (word with { DecidedAt = default }).ToString()),
            .. row.Evaluations.Select(judged => $"{Described(judged.Row)} {judged.IsMasked} {judged.Dispute?.DisputeId} {judged.Dispute?.State}"),
        ]);

    private static string Described(ListedRestriction listed) =>
        $"{Described(listed.Row)} {listed.WorkerName} {(listed.IsOpen ? "open" : "")} {listed.CountedAnswers} {(listed.Row.AcknowledgedAt is null ? "" : "acknowledged")}";

    private static string Described(RestrictionRow row) => $"{row.RestrictionId} {row.Rule} {row.Sequence} {row.BatchId} {row.Action} {row.Reason} for {row.For} until {When(row.Until)}";
}
