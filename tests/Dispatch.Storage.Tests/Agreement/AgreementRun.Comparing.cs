using System.Globalization;
using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Agreement;

/// <summary>What is compared: everything but the instants themselves, of which only "none", "past" and "to come" are.</summary>
internal sealed partial class AgreementRun
{
    private async Task CompareAsync(string when)
    {
        foreach (var batch in _batches)
        {
            await SameAsync(async store => Described(await store.GetBatchAsync(batch, default), await store.GetCountersAsync(batch, default)), when);
            await SameAsync(async store => Lines((await store.PageOpenTasksAsync(batch, null, 100, default)).Select(Described)), when);
            await SameAsync(async store => Lines((await store.LoadHeldAsync(batch, default)).Select(Described).Order(StringComparer.Ordinal)), when);
            await SameAsync(async store => Lines((await store.ListDeadLettersAsync(batch, null, 100, default)).Items.Select(Described)), when);
            await SameAsync(async store => Lines((await store.ListLateAnswersAsync(batch, null, 100, default)).Items.Select(row => row.AssignmentId.ToString()).Order(StringComparer.Ordinal)), when);
            await SameAsync(async store => Lines((await store.PageLastOpenTasksAsync(batch, "rule 0", 3, default)).Select(id => id.ToString(CultureInfo.InvariantCulture))), when);
            var place = new BacklogKey(0, Of((await _model.PageOpenTasksAsync(batch, null, 100, default)).Select(task => task.TaskId).DefaultIfEmpty(0).ToArray()));
            await SameAsync(async store => $"{await store.CountFreeBeforeAsync(batch, place, default)}", when);
            var worker = Of(_workers);
            await SameAsync(async store => Lines((await store.PageOpenTasksForWorkerAsync(batch, worker, TimeSpan.Zero, null, 100, default)).Select(Described)), when);
        }

        await CompareQualityAsync(when);
        foreach (var worker in _workers) await SameAsync(async store => Described((await store.LoadWorkerAsync(worker, default))!), when);
        await SameAsync(MovedAsync, when);
    }

    /// <summary>Whether the work version moved since the last step: by how much means nothing.</summary>
    private async Task<string> MovedAsync(IDispatchStore store)
    {
        var now = (await store.ReadWorkVersionsAsync([_under.Project], default))[_under.Project];
        var moved = now > _versions[store];
        _versions[store] = now;
        return moved ? "work may have come" : "no work came";
    }

    private readonly Dictionary<IDispatchStore, long> _versions = [];

    private async Task SameAsync(Func<IDispatchStore, Task<string>> read, string when)
    {
        var (expected, actual) = (await read(_model), await read(Store));
        Same(expected, actual, when);
    }

    private static void Same(string expected, string actual, string when) =>
        (actual == expected).ShouldBeTrue($"{when}\nthe model: {expected}\nthe store: {actual}");

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private static string When(DateTimeOffset? at) => at is not { } time ? "never" : time <= DateTimeOffset.UtcNow + TimeSpan.FromMinutes(1) ? "past" : "to come";

    private static string Described(CommitResult? result) => result is null ? "none" : result.Status == CommitStatus.OwnerFenced ? "fenced" : string.Join(
        " · ",
        result.Status,
        result.StoredResult,
        result.Taken is { } taken ? Described(taken) : "",
        $"next ({(result.Next is null ? "none" : Described(result.Next))})",
        $"promoted ({(result.Promoted is null ? "none" : Described(result.Promoted))})",
        result.TaskCompleted ? "completed" : "",
        result.EndedAs,
        result.DeadLettered ? "dead" : "",
        $"lease {When(result.LeaseUntil)}, kept {When(result.KeptUntil)}, again {When(result.RetryAt)}",
        $"rescinded {string.Join(',', result.Rescinded.Select(other => other.AssignmentId).Order())}",
        $"acted on {string.Join(',', result.ActedOn.Order())}");

    private static string Described(SupervisionOutcome outcome) =>
        $"{outcome.Outcome.Status} {outcome.Tasks} {string.Join(',', outcome.Ended.Select(ended => ended.AssignmentId).Order())}";

    private static string Described(BatchRecord? batch, BatchCounters? counters) => $"{batch!.Status} v{batch.Version} {batch.Tier} {batch.Purpose} gate {batch.Gate} v{batch.GateVersion} {counters}";

    private static string Described(OpenTask task) =>
        $"{task.TaskId} p{task.Priority} o{task.Overlap} kept {task.KeptFor} {When(task.KeptUntil)} {(task.Relaxed ? "relaxed" : "")} [{string.Join(',', task.RulesApplied.Order(StringComparer.Ordinal))}] " +
        string.Join("; ", task.Involved.OrderBy(one => (one.Slot, one.LeaseEpoch, one.WorkerId, one.State)).Select(one => $"{one.WorkerId} {one.Slot}/{one.LeaseEpoch} {one.State} {one.Counted} {When(one.RetryAt)}"));

    private static string Described(HeldAssignment held) =>
        $"{held.AssignmentId} {held.WorkerId} c{held.CapacitySlot} {held.TaskId} {held.Slot}/{held.LeaseEpoch} {held.State} lease {When(held.LeaseUntil)} cost {held.Cost} [{string.Join(',', held.Presentation)}] draft {held.Draft} v{held.DraftVersion} {(held.PausedAt is null ? "" : "paused")} {(held.ShownAt is null ? "" : "shown")} known {held.GoldAnswer} v{held.KnownVersion} {held.IsControl} {held.Purpose}";

    private static string Described(DeadLetter letter) =>
        $"{letter.TaskId} {letter.Key} {string.Join("; ", letter.Attempts.Select(attempt => $"{attempt.WorkerId} {attempt.State} {attempt.Reason}"))}";

    private static string Described(WorkerState state) =>
        $"{state.Activity.Activity} {state.Activity.Reason} answered {state.AnsweredToday} sequences {string.Join(',', state.EvaluationSequences.OrderBy(pair => pair.Key).Select(pair => pair.Value))} held {string.Join(',', state.Held.Select(held => held.AssignmentId).Order())} {(state.LastAnswerId > 0 ? "has answered" : "")} {(state.EvidenceWaits ? "evidence waits" : "")} of {string.Join(',', state.WorkVersions.Keys.Order())} under {Lines(state.Restrictions.Select(Described).Order(StringComparer.Ordinal))} in {Lines(state.Memberships.Select(Described))}";
}
