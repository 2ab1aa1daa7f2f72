using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Dispatch.TestKit.Model;

namespace Dispatch.Storage.Tests.Agreement;

/// <summary>Operations of more than one step.</summary>
internal sealed partial class AgreementRun
{
    private async Task<string> CommitAsync(CommitOperation operation)
    {
        var expected = (await _model.CommitAsync([operation], default)).Single();
        var actual = (await Store.CommitAsync([operation], default)).Single();
        Same(Described(expected), Described(actual), operation.ToString());
        return $"{operation.GetType().Name} in batch {Array.IndexOf(_batches, operation.BatchId)}: {expected.Status}";
    }

    private async Task<string> SubmitAsync()
    {
        if (_submitted.Count > 0 && Once(0.15))
        {
            // The same again; or the same id for something else.
            var again = Of(_submitted);
            var epoch = EpochOf(again.BatchId);
            again = again with { OwnerEpoch = epoch, Promote = again.Promote is null ? null : again.Promote with { OwnerEpoch = epoch }, Next = again.Next is null ? null : again.Next with { OwnerEpoch = epoch } };
            return await CommitAsync(Once(0.5) ? again : again with { Operation = again.Operation with { PayloadHash = [.. Enumerable.Repeat((byte)2, 32)] } });
        }

        if (AnAssignment(AssignmentState.Accepted, AssignmentState.Abandoned) is not { } held) return Nothing;
        var batch = held.Task.BatchId;
        var reserved = _model.Assignments.Values.FirstOrDefault(other => other.WorkerId == held.WorkerId && other.State == AssignmentState.Reserved && other.Task.BatchId == batch);
        var promotes = reserved is not null && held.State == AssignmentState.Accepted && Once(0.7);
        var next = Once(0.5) ? null : Take(batch, held.WorkerId, reserve: promotes);
        var sequence = Math.Max(1, LastSequence(held.WorkerId) + (Once(0.1) ? 0 : 1));
        var submit = new SubmitOperation
        {
            BatchId = batch,
            OwnerEpoch = EpochOf(batch),
            Operation = Op(held.WorkerId) with { Result = next is null ? "{}" : $$"""{"next":"{{next.AssignmentId}}"}""" },
            AssignmentId = held.AssignmentId,
            WorkerId = held.WorkerId,
            LeaseEpoch = EpochOf(held),
            Answer = """{"choice":"a"}""",
            Active = Once(0.5) ? TimeSpan.FromSeconds(_random.Next(-2, 3)) : null,
            Evaluation = Once(0.4) ? new GoldEvaluation(_under.Project, sequence, _random.Next(2), held.Task.KnownVersion + (Once(0.1) ? 1 : 0), Once(0.8) ? EvidenceKinds.Gold : EvidenceKinds.Training, Once(0.8) ? 1 : 0.5) : null,
            Vote = Once(0.8) ? "a" : null,
            Accuracy = Once(0.8) ? 0.75 : null,
            ReviewId = Once(0.3) ? NewReviewId() : null,
            ReviewCause = ReviewCause.Sampled,
            Promote = promotes ? Promote(reserved!, ownerEpoch: 0, Once(0.8) ? held.CapacitySlot : null) : null,
            Next = next,
        };
        submit = submit with { Promote = submit.Promote is null ? null : submit.Promote with { OwnerEpoch = submit.OwnerEpoch }, Next = next is null ? null : next with { OwnerEpoch = submit.OwnerEpoch } };
        _submitted.Add(submit);
        return await CommitAsync(submit);
    }

    private async Task<string> ReopenAsync(Guid batch)
    {
        var operation = Op(_workers[0]);
        await BothAsync(async store => Described(await store.ChangeBatchAsync(batch, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Paused, BatchStatus.Draining], null, operation, default)));
        return "open again";
    }

    private async Task<string> WorkerSideAsync()
    {
        var worker = Of(_workers);
        switch (_random.Next(4))
        {
            case 0 or 1:
                var activity = Of([Activity.Available, Activity.Break, Activity.Draining, Activity.Offline]);
                var operation = Once(0.5) ? Op(worker) : null;
                await BothAsync(async store => (await store.ChangeActivityAsync(worker, activity, "a reason", operation, default)).Outcome);
                return $"activity {activity}";
            case 2 when AnAssignment(AssignmentState.Accepted) is { } held:
                await BothAsync(async store =>
                {
                    await store.MarkShownAsync([(held.AssignmentId, held.WorkerId)], default);
                    return 0;
                });
                return "shown";
            case 3 when AnAssignment(AssignmentState.Accepted) is { } drafted:
                var (epoch, version) = (EpochOf(drafted), drafted.DraftVersion + _random.Next(2));
                await BothAsync(store => store.SaveDraftAsync(drafted.AssignmentId, drafted.WorkerId, epoch, $$"""{"v":{{version}}}""", version, default));
                return "draft";
            default:
                return Nothing;
        }
    }

    private async Task<string> SupervisorSideAsync()
    {
        var batch = Of(_batches);
        var operation = Op(_workers[0]) with { AuditSubject = batch, Reason = "because" };
        switch (_random.Next(12))
        {
            case 0:
                await BothAsync(async store => (await store.TakeOwnershipAsync(batch, default))!.OwnerEpoch);
                return "ownership";
            case 1 when AnAssignment(AssignmentState.Accepted, AssignmentState.Offered, AssignmentState.Reserved) is { } held:
                Guid? to = Once(0.5) ? Of(_workers) : null;
                await BothAsync(async store => Described(await store.WithdrawAsync(new WithdrawalScope { AssignmentId = held.AssignmentId }, to, Hour, operation, default)));
                return $"withdraw, for {to}";
            case 2 when Once(0.3):
                var worker = Of(_workers);
                await BothAsync(async store => Described(await store.WithdrawAsync(new WithdrawalScope { WorkerId = worker }, null, TimeSpan.Zero, operation, default)));
                return "clear";
            case 3 or 4:
                var keys = _model.Tasks.Values.Where(task => task.BatchId == batch || Once(0.02)).OrderBy(_ => _random.Next()).Take(1 + _random.Next(2)).Select(task => task.Key).ToArray();
                var (action, value) = (Of([TaskAction.SetPriority, TaskAction.Requeue, TaskAction.Cancel]), _random.Next(5));
                if (keys.Length == 0 || (action == TaskAction.Cancel && Once(0.7))) return Nothing;
                await BothAsync(async store => Described(await store.ChangeTasksAsync(batch, action, value, keys, operation, default)));
                return $"tasks {action}";
            case 5:
                var status = Of([BatchStatus.Paused, BatchStatus.Open, BatchStatus.Open, BatchStatus.Draining]);
                BatchStatus[] from = status == BatchStatus.Open ? [BatchStatus.Paused, BatchStatus.Draining] : [BatchStatus.Open];
                await BothAsync(async store => Described(await store.ChangeBatchAsync(batch, new BatchChange { Status = status }, from, null, operation, default)));
                return $"batch {status}";
            case 6 when Once(0.1):
                await BothAsync(async store => Described(await store.CancelBatchAsync(batch, null, operation, default)));
                return "cancel the batch";
            case 7 when Once(0.2):
                await BothAsync(store => store.CloseIfDrainedAsync(batch, default));
                return "close if drained";
            default:
                return Nothing;
        }
    }
}
