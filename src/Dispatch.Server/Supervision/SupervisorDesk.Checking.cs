using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Server.Api;

namespace Dispatch.Server.Supervision;

/// <summary>What is wrong with a command, before anything is looked up.</summary>
public sealed partial class SupervisorDesk
{
    private static Refusal? Fault(SupervisorCommand command)
    {
        if (command.OperationId == Guid.Empty) return SupervisorRefusals.Of(RefusalCode.OperationIdMissing, "The command carries no operation id.", "Send a fresh UUID as operationId.", "$.operationId");
        if (command.Action == SupervisorAction.Unspecified || !Enum.IsDefined(command.Action)) return SupervisorRefusals.Of(RefusalCode.ValueOutOfRange, "There is no such action.", "Send one of the actions of the protocol.", "$.action");
        if (command.Reason is { Length: > Limits.ReasonCharacters }) return SupervisorRefusals.Of(RefusalCode.ValueOutOfRange, "The reason is too long.", $"Keep it to {Limits.ReasonCharacters} characters.", "$.reason");
        if (!StorableText.Is(command.Reason)) return SupervisorRefusals.Of(RefusalCode.ValueOutOfRange, "The reason holds a NUL character or half a surrogate pair, which cannot be stored.", "Leave those characters out.", "$.reason");
        if (NeedsReason(command.Action) && string.IsNullOrWhiteSpace(command.Reason)) return SupervisorRefusals.Missing("$.reason", "why; the people it hits are told");
        if (command.Action <= SupervisorAction.RequeueTasks && command.BatchId is null) return SupervisorRefusals.Missing("$.batchId", "which batch");
        if (command.Action is SupervisorAction.WithdrawAssignment or SupervisorAction.ReassignAssignment && command.AssignmentId is null) return SupervisorRefusals.Missing("$.assignmentId", "which assignment");
        if (command.Action is >= SupervisorAction.LiftRestriction && command.RestrictionId is null) return SupervisorRefusals.Missing("$.restrictionId", "which action of a rule");
        if (command.Action is >= SupervisorAction.ReassignAssignment and <= SupervisorAction.SignOffWorker && command.WorkerId is null) return SupervisorRefusals.Missing("$.workerId", "which worker");
        return command.Action is SupervisorAction.PrioritizeBatch or SupervisorAction.PrioritizeTasks && command.Priority is null
            ? SupervisorRefusals.Missing("$.priority", "which priority")
            : OutOfRange(command);
    }

    private static Refusal? OutOfRange(SupervisorCommand command)
    {
        if (command.Priority is < -Limits.PriorityMax or > Limits.PriorityMax) return SupervisorRefusals.Of(RefusalCode.ValueOutOfRange, "The priority is out of range.", $"Send a whole number from {-Limits.PriorityMax} to {Limits.PriorityMax}.", "$.priority");
        if (command.Action is not (SupervisorAction.PrioritizeTasks or SupervisorAction.CancelTasks or SupervisorAction.RequeueTasks)) return null;
        return command.TaskKeys is { Count: > 0 and <= Limits.TaskKeysPerCommand } keys
            ? keys.All(key => key is not null && StorableText.Is(key)) ? null : SupervisorRefusals.Of(RefusalCode.ValueOutOfRange, "A key is missing, or holds a NUL character or half a surrogate pair.", "Send the producer's keys of the tasks.", "$.taskKeys")
            : SupervisorRefusals.Of(RefusalCode.ValueOutOfRange, $"The command names no tasks, or more than {Limits.TaskKeysPerCommand}.", "Send the producer's keys of the tasks, in several commands if there are many.", "$.taskKeys");
    }

    private static bool NeedsReason(SupervisorAction action) => action is SupervisorAction.CancelBatch or > SupervisorAction.PrioritizeBatch;

    private static string KindOf(SupervisorAction action) => $"supervisor.{JsonNamingPolicy.KebabCaseLower.ConvertName(action.ToString())}";
}
