using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Backlog;
using Dispatch.Engine.Quality.Exams;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Why nothing comes, asked of the very rules that hand out.</summary>
internal sealed partial class WorkerActor
{
    private const int BatchesExplained = 20;

    public async Task<IdleExplanation> WhyNothing()
    {
        List<IdleReason> reasons = [];
        if (await ReadyAsync() is { } refusal) reasons.Add(new IdleReason { Reason = "not_available", Text = refusal.Message, Remedy = refusal.Remedy });
        else if (AboutTheWorker() is { } own) reasons.Add(own);
        else await AboutBatchesAsync(reasons);
        return new IdleExplanation { Reasons = reasons, At = time.GetUtcNow() };
    }

    private IdleReason? AboutTheWorker()
    {
        if (_activity != Activity.Available)
        {
            return new IdleReason { Reason = "not_available", Text = $"You are {Words(_activity)}{(_activityReason is null ? "" : $" ({_activityReason})")}.", Remedy = "Choose Available, and work is sent the moment there is some." };
        }

        if (_projects.Count == 0) return new IdleReason { Reason = "not_enrolled", Text = "You are enrolled in no project.", Remedy = "Ask a supervisor to enrol you." };
        if (!HasRoom)
        {
            return new IdleReason
            {
                Reason = "capacity_full",
                Text = $"You hold as much as you may: {UsedCapacity} of {_worker!.Capacity}.",
                Remedy = "Submit or return something first.",
            };
        }

        return null;
    }

    private async Task AboutBatchesAsync(List<IdleReason> reasons)
    {
        await catalog.RefreshAsync(_projects);
        var looked = 0;
        foreach (var projectId in _projects)
        {
            if (catalog.Snapshot(projectId) is not { } open) continue;
            foreach (var batch in open.Batches)
            {
                if (++looked > BatchesExplained) return;
                if (await AboutBatchAsync(open, batch) is { } reason) reasons.Add(reason);
                else
                {
                    // Something is open for this worker: it is on its way.
                    reasons.Clear();
                    return;
                }
            }
        }

        if (looked == 0) reasons.Add(new IdleReason { Reason = "nothing_open", Text = "No batch of your projects is open.", Remedy = null });
    }

    private async Task<IdleReason?> AboutBatchAsync(OpenBatches open, BatchRecord batch)
    {
        if (Barring(batch) is { } barred) return new IdleReason { Reason = "quality_rule", Batch = batch.Name, Text = barred.Reason, Remedy = "Look at your standing for what it rests on; an evaluation that is wrong can be disputed." };
        if (ExamBarOf(batch) is not ExamBar.None and var bar) return AboutExam(batch, bar);
        if (batch.Tier == BatchTier.Golden && await AboutGateAsync(open, batch) is { } gate) return gate;
        var unmet = open.RequirementsOf(batch.BatchId).Explain(_labels).Where(verdict => !verdict.Met).ToArray();
        var bars = await actors.Batch(batch.BatchId).ExplainFor(workerId, _worker!.Labels);
        if (bars.GetValueOrDefault(nameof(Bar.None)) > 0) return null;
        if (unmet.Length > 0)
        {
            return new IdleReason
            {
                Reason = "selectors",
                Batch = batch.Name,
                Text = string.Join(" ", unmet.Select(verdict => $"It asks for {verdict.Selector.Label} {Symbol(verdict.Selector.Operator)} {verdict.Selector.Value.Json}; yours is {verdict.Actual ?? "not set"}{(verdict.Selector.ExpiresAfterSeconds is { } seconds ? $", and tasks older than {seconds} s do without it" : "")}.")),
                Remedy = "If a label of yours is wrong or missing, ask a supervisor to set it.",
            };
        }

        return new IdleReason { Reason = "nothing_left", Batch = batch.Name, Text = HidesGold(batch.ProjectId) ? "Nothing in it is for you now: what is left is with others, or you have had it." : NothingLeft(bars), Remedy = batch.Purpose == Contracts.Quality.BatchPurpose.Exam ? "Questions are asked once only: ask a supervisor to add some to the exam." : null };
    }

    /// <summary>By the very function that gates, the worker's share of the batch included; null when nothing of it bars.</summary>
    private async Task<IdleReason?> AboutGateAsync(OpenBatches open, BatchRecord batch)
    {
        if (open.GateOf(batch.BatchId) is not { } gate) return new IdleReason { Reason = "golden_gate", Batch = batch.Name, Text = "It is reserved, and nobody has said for whom yet.", Remedy = null };
        var hides = HidesGold(batch.ProjectId);
        var view = hides
            ? ToldGateView(batch, gate)
            : Engine.Standing.GateExplanation.Explain(gate, await WithShareAsync(batch, gate, InputsFor(batch, gate, step: 0)), batch.BatchId, batch.Name);
        if (view.Passes) return null;
        var missed = view.Clauses.Where(clause => !clause.Passes).ToArray();
        if (!hides && GateAge(open, batch) is { } age && age > TimeSpan.Zero && missed.All(clause => clause.Kind != GateClauseKind.Share)) return Waiting(batch, age);
        return new IdleReason
        {
            Reason = "golden_gate",
            Batch = batch.Name,
            Text = $"{view.Summary} {string.Join(" ", missed.Select(clause => $"{clause.Name}: needed {clause.Needed}, yours is {clause.Actual}."))}",
            Remedy = missed.Select(clause => clause.Remedy).FirstOrDefault(remedy => remedy is not null),
        };
    }

    private static IdleReason Waiting(BatchRecord batch, TimeSpan age) => new()
    {
        Reason = "golden_gate",
        Batch = batch.Name,
        Text = $"It is reserved for those who pass its gate; tasks that have waited {age.TotalSeconds:0} s are open to you as well, and none has.",
        Remedy = null,
    };

    private static string NothingLeft(IReadOnlyDictionary<string, int> bars)
    {
        List<string> parts = [];
        void Add(Bar bar, string words)
        {
            if (bars.GetValueOrDefault(bar.ToString()) is > 0 and var count) parts.Add($"{count} {words}");
        }

        Add(Bar.NoFreeSlot, "with others");
        Add(Bar.AlreadyInvolved, "that you have answered");
        Add(Bar.HandedBack, "that you handed back");
        Add(Bar.CoolingDown, "whose time ran out with you a moment ago");
        Add(Bar.KeptForAnother, "kept for somebody else for a moment");
        return parts.Count == 0 ? "Nothing waits in it." : $"Nothing in it is for you now: {string.Join(", ", parts)}.";
    }

    private static string Words(Activity activity) => activity switch
    {
        Activity.Break => "on a break",
        Activity.Draining => "finishing up",
        _ => "offline",
    };

    private static string Symbol(SelectorOperator op) => op switch
    {
        SelectorOperator.Equal => "=",
        SelectorOperator.NotEqual => "≠",
        SelectorOperator.Less => "<",
        SelectorOperator.LessOrEqual => "≤",
        SelectorOperator.Greater => ">",
        _ => "≥",
    };
}
