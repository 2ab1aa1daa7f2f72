using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Where a late answer counts and what ends with it, and what is told of a rule.</summary>
public sealed partial class ModelStore
{
    private static int? LateSlot(ModelTask task, ModelAssignment held, ModelAssignment? second) => LateAnswer.SlotFor(
        task.State,
        task.Overlap,
        held.Slot,
        second?.Slot,
        task.Assignments.Exists(other => other.WorkerId == held.WorkerId && other.Counted),
        slot => task.Assignments.Exists(other => other.Slot == slot && other.WorkerId != held.WorkerId && (other.Holds || other.Counted)));

    private List<(Guid AssignmentId, Guid WorkerId)> EndWithLateAnswer(ModelTask task, int slot, Guid workerId)
    {
        var ends = task.Assignments.Where(other => other.WorkerId == workerId ? other.IsActive : other.Slot == slot && other.State == AssignmentState.Offered).OrderBy(other => other.AssignmentId.ToString()).ToArray();
        foreach (var other in ends)
        {
            var own = other.WorkerId == workerId;
            End(other, AssignmentState.Rescinded, own ? null : Now);
            other.EndReason = own ? LateAnswer.FoldedReason : LateAnswer.OvertakenReason;
        }

        return [.. ends.Select(other => (other.AssignmentId, other.WorkerId))];
    }

    private void Tell(RuleOperation operation, ModelTask[] acted)
    {
        var (rule, kind) = (operation.Rule, RuleWords.Kind(operation.Rule.Action));
        foreach (var task in acted) task.Events.Add(new TaskEvent(null, rule.Name, kind, RuleWords.Of(rule), Now));
        var reason = RuleWords.Audit(rule, [.. acted.Select(task => task.Key)]);
        _audit.Add(new AuditRow(Guid.Empty, kind, operation.BatchId, reason, "{}", Now));
        if (rule is { Action: RuleAction.Move, ToBatchId: { } target }) _audit.Add(new AuditRow(Guid.Empty, kind, target, reason, "{}", Now));
    }
}
