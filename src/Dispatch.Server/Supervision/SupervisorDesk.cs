using System.Security.Cryptography;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Matching;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Supervision;

/// <summary>
/// Carries out supervisors' commands, from the hub and from the API alike. Everything is checked before anything changes; the change is
/// one transaction with its audit row; then the live side is told, and would find out without.
/// </summary>
public sealed partial class SupervisorDesk(IDispatchStore store, IWorkSignals signals, FlagDesk flags, AskAgainDesk askAgain)
{
    /// <summary>A reassigned task is kept for its new worker this long before others get it.</summary>
    private static readonly TimeSpan ReassignmentKept = TimeSpan.FromMinutes(10);

    /// <summary>Carries out a command.</summary>
    /// <param name="actor">Who commands.</param>
    /// <param name="command">The command.</param>
    /// <param name="payloadHash">Hash of what came over the API; null to hash the command.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<SupervisorResult> ExecuteAsync(Guid actor, SupervisorCommand command, byte[]? payloadHash, CancellationToken cancellation)
    {
        if (Fault(command) is { } fault) return new SupervisorResult { Refusal = fault };
        var operation = new Operation
        {
            ActorId = actor,
            OperationId = command.OperationId,
            PayloadHash = payloadHash ?? SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(command, DispatchJson.Options)),
            Kind = KindOf(command.Action),
            AuditSubject = command.RestrictionId ?? command.AssignmentId ?? command.BatchId ?? command.WorkerId,
            Reason = command.Reason,
            Result = command.TaskKeys is null ? "{}" : JsonSerializer.Serialize(new { keys = command.TaskKeys, command.Priority }, DispatchJson.Options),
        };

        // What was done is not judged again: the state it was judged by may have changed since.
        if (await store.FindOperationAsync(actor, command.OperationId, cancellation) is { } stored)
        {
            // What was begun is finished by whoever asks again.
            if (command.Action == SupervisorAction.AskAgain) return await AskAgainAsync(command, operation, cancellation);
            return Result(new ApplyOutcome(stored.PayloadHash.AsSpan().SequenceEqual(operation.PayloadHash) ? ApplyStatus.Replayed : ApplyStatus.PayloadConflict), RefusalCode.UnknownBatch);
        }

        return command.Action switch
        {
            SupervisorAction.OpenBatch => await ChangeBatchAsync(command, operation, BatchStatus.Open, [BatchStatus.Draft, BatchStatus.Paused, BatchStatus.Draining], cancellation),
            SupervisorAction.PauseBatch => await ChangeBatchAsync(command, operation, BatchStatus.Paused, [BatchStatus.Open, BatchStatus.Draining], cancellation),
            SupervisorAction.DrainBatch => await ChangeBatchAsync(command, operation, BatchStatus.Draining, [BatchStatus.Open, BatchStatus.Paused], cancellation),
            SupervisorAction.CloseBatch => await ChangeBatchAsync(command, operation, BatchStatus.Closed, [BatchStatus.Draft, BatchStatus.Open, BatchStatus.Paused, BatchStatus.Draining], cancellation),
            SupervisorAction.PrioritizeBatch => await ChangeBatchAsync(command, operation, status: null, [BatchStatus.Draft, BatchStatus.Open, BatchStatus.Paused, BatchStatus.Draining], cancellation),
            SupervisorAction.CancelBatch => await CancelBatchAsync(command, operation, cancellation),
            SupervisorAction.PrioritizeTasks => await ChangeTasksAsync(command, operation, TaskAction.SetPriority, cancellation),
            SupervisorAction.CancelTasks => await ChangeTasksAsync(command, operation, TaskAction.Cancel, cancellation),
            SupervisorAction.RequeueTasks => await ChangeTasksAsync(command, operation, TaskAction.Requeue, cancellation),
            SupervisorAction.WithdrawAssignment => await WithdrawAsync(new WithdrawalScope { AssignmentId = command.AssignmentId }, reassignTo: null, operation, RefusalCode.UnknownAssignment, cancellation),
            SupervisorAction.ReassignAssignment => await ReassignAsync(command, operation, cancellation),
            SupervisorAction.ClearWorker => await WithdrawAsync(new WithdrawalScope { WorkerId = command.WorkerId }, reassignTo: null, operation, RefusalCode.UnknownWorker, cancellation),
            SupervisorAction.AskAgain => await AskAgainAsync(command, operation, cancellation),
            >= SupervisorAction.LiftRestriction => await SettleAsync(command, operation, cancellation),
            SupervisorAction.DrainWorker => await SetActivityAsync(command, operation, Activity.Draining, cancellation),
            _ => await SetActivityAsync(command, operation, Activity.Offline, cancellation),
        };
    }

    private async Task<SupervisorResult> ChangeBatchAsync(SupervisorCommand command, Operation operation, BatchStatus? status, BatchStatus[] from, CancellationToken cancellation)
    {
        var batchId = command.BatchId!.Value;
        var priority = command.Action == SupervisorAction.PrioritizeBatch ? command.Priority : null;
        var outcome = await store.ChangeBatchAsync(batchId, new BatchChange { Status = status, Priority = priority }, from, command.ExpectedVersion, operation, cancellation);
        if (outcome.Outcome.Status == ApplyStatus.Applied && await store.GetBatchAsync(batchId, cancellation) is { } batch)
        {
            if (status is { } now) signals.Withdrawn(outcome.Ended, AssignmentState.Rescinded, TakenBackWords.Unbegun(now, command.Reason));
            signals.BatchChanged(batch.ProjectId, batchId);
        }

        return Result(outcome.Outcome, RefusalCode.UnknownBatch) with { AssignmentsEnded = outcome.Ended.Count };
    }

    private async Task<SupervisorResult> CancelBatchAsync(SupervisorCommand command, Operation operation, CancellationToken cancellation)
    {
        var outcome = await store.CancelBatchAsync(command.BatchId!.Value, command.ExpectedVersion, operation, cancellation);
        return await ToldAsync(outcome, command.BatchId.Value, command.Reason!, RefusalCode.UnknownBatch, cancellation);
    }

    private async Task<SupervisorResult> ChangeTasksAsync(SupervisorCommand command, Operation operation, TaskAction action, CancellationToken cancellation)
    {
        if (await store.GetBatchAsync(command.BatchId!.Value, cancellation) is not { } batch) return Result(new ApplyOutcome(ApplyStatus.NotFound), RefusalCode.UnknownBatch);
        if (batch.Status is BatchStatus.Closed or BatchStatus.Canceled) return Result(new ApplyOutcome(ApplyStatus.InvalidState), RefusalCode.UnknownBatch);
        var outcome = await store.ChangeTasksAsync(command.BatchId!.Value, action, command.Priority ?? 0, command.TaskKeys!, operation, cancellation);
        return await ToldAsync(outcome, command.BatchId.Value, command.Reason!, RefusalCode.UnknownTask, cancellation);
    }

    private async Task<SupervisorResult> ReassignAsync(SupervisorCommand command, Operation operation, CancellationToken cancellation)
    {
        var assignment = await store.GetAssignmentAsync(command.AssignmentId!.Value, cancellation);
        if (assignment is null) return Refused(SupervisorRefusals.Of(RefusalCode.UnknownAssignment, "There is no such assignment.", "Look it up in the list of the batch's tasks."));
        if (await NotEligibleAsync(assignment, command.WorkerId!.Value, cancellation) is { } refusal) return Refused(refusal);
        var result = await WithdrawAsync(new WithdrawalScope { AssignmentId = command.AssignmentId }, command.WorkerId, operation, RefusalCode.UnknownAssignment, cancellation);
        if (result.Refusal is null) signals.WorkerChanged(command.WorkerId.Value);
        return result;
    }

    private async Task<Refusal?> NotEligibleAsync(AssignmentRow assignment, Guid workerId, CancellationToken cancellation)
    {
        if (await store.LoadWorkerAsync(workerId, cancellation) is not { } worker) return SupervisorRefusals.Of(RefusalCode.UnknownWorker, "There is no such worker.", "Look the worker up in the list.", "$.workerId");
        if (workerId == assignment.WorkerId) return SupervisorRefusals.Of(RefusalCode.NotEligible, "The worker has it already.", "Choose another worker.", "$.workerId");
        if (!worker.Worker.IsActive) return SupervisorRefusals.Of(RefusalCode.NotEligible, "The worker was deactivated.", "Choose another worker, or activate this one first.", "$.workerId");
        if (!worker.Projects.Contains(assignment.ProjectId)) return SupervisorRefusals.Of(RefusalCode.NotEligible, "The worker is not enrolled in the project.", "Enrol the worker first, or choose another.", "$.workerId");
        var batch = (await store.GetBatchAsync(assignment.BatchId, cancellation))!;
        if (batch.Status != BatchStatus.Open) return SupervisorRefusals.Of(RefusalCode.InvalidTransition, "The batch hands out nothing now.", "Open it first, or withdraw the assignment instead.");
        if (await IsBoundAsync(assignment, workerId, cancellation)) return SupervisorRefusals.Of(RefusalCode.NotEligible, "The worker has answered the task already, or holds another place of it.", "Choose another worker.", "$.workerId");
        var unmet = Requirements.From(batch.Requires).Explain(WorkerLabels.Parse(worker.Worker.Labels)).FirstOrDefault(verdict => !verdict.Met);
        return unmet is null
            ? null
            : SupervisorRefusals.Of(RefusalCode.NotEligible, $"The batch asks for a label '{unmet.Selector.Label}' that the worker does not meet (it is {unmet.Actual ?? "not set"}).", "Choose another worker, or correct the label.", "$.workerId");
    }

    /// <summary>A task kept for somebody who can never have it would only make everybody wait.</summary>
    private async Task<bool> IsBoundAsync(AssignmentRow assignment, Guid workerId, CancellationToken cancellation)
    {
        if (await store.FindTaskAsync(assignment.BatchId, assignment.TaskKey, cancellation) is not { } task) return false;
        var open = await store.LoadOpenTasksAsync(assignment.BatchId, [task.TaskId], cancellation);
        return open.SelectMany(row => row.Involved).Any(involved => involved.WorkerId == workerId
            && (involved.Counted || involved.State is AssignmentState.Reserved or AssignmentState.Offered or AssignmentState.Accepted or AssignmentState.Submitted));
    }

    private async Task<SupervisorResult> WithdrawAsync(WithdrawalScope scope, Guid? reassignTo, Operation operation, RefusalCode notFound, CancellationToken cancellation)
    {
        var outcome = await store.WithdrawAsync(scope, reassignTo, ReassignmentKept, operation, cancellation);
        if (outcome.Outcome.Status == ApplyStatus.Applied) signals.Withdrawn(outcome.Ended, AssignmentState.Canceled, TakenBackWords.Withdrawn(operation.Reason!));
        return Result(outcome.Outcome, notFound) with { AssignmentsEnded = outcome.Ended.Count, TasksChanged = outcome.Tasks };
    }

    private async Task<SupervisorResult> SettleAsync(SupervisorCommand command, Operation operation, CancellationToken cancellation)
    {
        var outcome = await flags.SettleAsync(command.RestrictionId!.Value, command.Action, operation, cancellation);
        return outcome.Status == ApplyStatus.InvalidState ? Refused(FlagDesk.NotThere(command.Action)) : Result(outcome, RefusalCode.NotFound);
    }

    private async Task<SupervisorResult> AskAgainAsync(SupervisorCommand command, Operation operation, CancellationToken cancellation)
    {
        var (outcome, reached) = await askAgain.AskAsync(command.RestrictionId!.Value, operation, cancellation);
        if (outcome.Status == ApplyStatus.InvalidState) return Refused(AskAgainDesk.NotRestricted);
        return Result(outcome, RefusalCode.NotFound) with { TasksChanged = reached?.Tasks ?? 0, TasksLeft = reached?.Remaining ?? 0 };
    }

    private async Task<SupervisorResult> SetActivityAsync(SupervisorCommand command, Operation operation, Activity activity, CancellationToken cancellation)
    {
        var (outcome, _) = await store.ChangeActivityAsync(command.WorkerId!.Value, activity, $"By a supervisor: {command.Reason}", operation, cancellation);
        if (outcome.Status == ApplyStatus.Applied) signals.WorkerChanged(command.WorkerId.Value);
        return Result(outcome, RefusalCode.UnknownWorker);
    }

    /// <summary>
    /// What a deactivation ends: all that the person holds goes back to its queues, and the person is offline. The record was changed before, so nothing new comes in between; what a life
    /// of the worker's grain took while it did not know yet, that life gives back itself when it reads the record.
    /// </summary>
    /// <param name="change">The operation that changed the record; a repeat of it is taken for a repeat of this too.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task PutOutAsync(Operation change, CancellationToken cancellation)
    {
        var workerId = change.AuditSubject!.Value;
        var operation = change with
        {
            OperationId = new Guid(SHA256.HashData([.. change.OperationId.ToByteArray(), .. "put-out"u8]).AsSpan(0, 16)),
            Result = "{}",
            Reason = "The person was deactivated.",
        };
        await WithdrawAsync(new WithdrawalScope { WorkerId = workerId }, reassignTo: null, operation, RefusalCode.UnknownWorker, cancellation);
        if (await store.LoadWorkerAsync(workerId, cancellation) is not { Activity.Activity: not Activity.Offline }) return;
        await store.ChangeActivityAsync(workerId, Activity.Offline, "You were deactivated.", operation: null, cancellation);
        signals.WorkerChanged(workerId);
    }

    private async Task<SupervisorResult> ToldAsync(SupervisionOutcome outcome, Guid batchId, string reason, RefusalCode notFound, CancellationToken cancellation)
    {
        if (outcome.Outcome.Status == ApplyStatus.Applied)
        {
            signals.Withdrawn(outcome.Ended, AssignmentState.Canceled, TakenBackWords.Withdrawn(reason));
            if (await store.GetBatchAsync(batchId, cancellation) is { } batch) signals.TakenOver(batch.ProjectId, batchId);
        }

        return Result(outcome.Outcome, notFound) with { AssignmentsEnded = outcome.Ended.Count, TasksChanged = outcome.Tasks };
    }

    private static SupervisorResult Refused(Refusal refusal) => new() { Refusal = refusal };

    private static SupervisorResult Result(ApplyOutcome outcome, RefusalCode notFound) => outcome.Status switch
    {
        ApplyStatus.Applied => new SupervisorResult(),
        ApplyStatus.Replayed => new SupervisorResult { Replayed = true },
        ApplyStatus.PayloadConflict => Refused(SupervisorRefusals.Of(RefusalCode.OperationConflict, "This operation id was used before with another command.", "Make a new operation id for every new command.", "$.operationId")),
        ApplyStatus.NotFound => Refused(SupervisorRefusals.Of(notFound, "What the command names does not exist.", "Look the ids and keys up in their lists.")),
        ApplyStatus.VersionMismatch => Refused(SupervisorRefusals.Of(RefusalCode.VersionMismatch, "Somebody changed it since you read it.", "Look at the change, and send the command with the new version.", "$.expectedVersion")),
        _ => Refused(SupervisorRefusals.Of(RefusalCode.InvalidTransition, "Its present state does not allow this.", "Look at its state first; what is closed, canceled or answered stays so.")),
    };
}
