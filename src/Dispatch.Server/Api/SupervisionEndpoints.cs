using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Server.Auth;
using Dispatch.Server.Supervision;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Supervisors' commands over HTTP, and what they look at before.</summary>
internal static class SupervisionEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var commands = api.MapGroup("").WithTags("Supervision").RequireAuthorization(Roles.Supervisor);
        commands.MapPost("/batches/{batchId:guid}/cancel", (Guid batchId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            ExecuteAsync(context, desk, new Draft(SupervisorAction.CancelBatch, request.Reason) { BatchId = batchId })).WithSummary("Cancel a batch")
            .WithDescription("Held work is withdrawn, open tasks are canceled; answers given stay. The workers are told the reason. Takes If-Match.").TakesIfMatch();
        commands.MapPost("/batches/{batchId:guid}/tasks/actions", TasksAsync).WithSummary("Prioritize, cancel or requeue tasks by key")
            .WithDescription("All or nothing: a key that does not exist, or is in no state for it, refuses the whole command.");
        commands.MapPost("/assignments/{assignmentId:guid}/withdraw", (Guid assignmentId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            ExecuteAsync(context, desk, new Draft(SupervisorAction.WithdrawAssignment, request.Reason) { AssignmentId = assignmentId })).WithSummary("Take an assignment away from its worker")
            .WithDescription("The task goes to others, not back to the same worker. The time worked stays on the worker's ledger.");
        commands.MapPost("/assignments/{assignmentId:guid}/reassign", (Guid assignmentId, ReassignRequest request, HttpContext context, SupervisorDesk desk) =>
            ExecuteAsync(context, desk, new Draft(SupervisorAction.ReassignAssignment, request.Reason) { AssignmentId = assignmentId, WorkerId = request.WorkerId })).WithSummary("Give an assignment to another worker")
            .WithDescription("The task is kept for that worker for ten minutes, then anybody may have it. Refused with not_eligible when the worker may not have it.");
        commands.MapPost("/workers/{workerId:guid}/clear", (Guid workerId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            ExecuteAsync(context, desk, new Draft(SupervisorAction.ClearWorker, request.Reason) { WorkerId = workerId })).WithSummary("Take everything away from a worker")
            .WithDescription("Every assignment the worker holds goes back to its queue.");
        commands.MapPost("/workers/{workerId:guid}/drain", (Guid workerId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            ExecuteAsync(context, desk, new Draft(SupervisorAction.DrainWorker, request.Reason) { WorkerId = workerId })).WithSummary("Let a worker finish, and offer nothing more")
            .WithDescription("The worker sees the reason, and may become available again.");
        commands.MapPost("/workers/{workerId:guid}/sign-off", (Guid workerId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            ExecuteAsync(context, desk, new Draft(SupervisorAction.SignOffWorker, request.Reason) { WorkerId = workerId })).WithSummary("Set a worker offline")
            .WithDescription("What is held stays held until its lease ends; clear the worker to take it away.");
        MapReading(commands);
    }

    private static void MapReading(RouteGroupBuilder commands)
    {
        commands.MapGet("/batches/{batchId:guid}/dead-letters", DeadLettersAsync).WithSummary("List the dead letters of a batch")
            .WithDescription("Tasks that too many distinct workers handed back or let run out, with who, how and why. Requeue or cancel them with tasks/actions.");
        commands.MapGet("/batches/{batchId:guid}/late-answers", LateAnswersAsync).WithSummary("List answers that were kept aside")
            .WithDescription("They came after their lease had run out and the task was somebody else's: stored, credited, not counted.");
        commands.MapGet("/audit/{subjectId:guid}", AuditAsync).WithSummary("Read the audit trail of a batch, worker, assignment or project")
            .WithDescription("Newest first: who did what, when, and why.");
    }

    /// <summary>A command on its way in.</summary>
    internal sealed record Draft(SupervisorAction Action, string Reason)
    {
        public Guid? BatchId { get; init; }
        public Guid? AssignmentId { get; init; }
        public Guid? WorkerId { get; init; }
        public IReadOnlyList<string>? TaskKeys { get; init; }
        public int? Priority { get; init; }
        public Guid? RestrictionId { get; init; }
    }

    private static Task<SupervisionDto> TasksAsync(Guid batchId, TaskActionRequest request, HttpContext context, SupervisorDesk desk)
    {
        var action = request.Action switch
        {
            "prioritize" => SupervisorAction.PrioritizeTasks,
            "cancel" => SupervisorAction.CancelTasks,
            "requeue" => SupervisorAction.RequeueTasks,
            _ => throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such action.", "Use prioritize, cancel or requeue.", "$.action"),
        };
        return ExecuteAsync(context, desk, new Draft(action, request.Reason) { BatchId = batchId, TaskKeys = request.Keys, Priority = request.Priority });
    }

    internal static async Task<SupervisionDto> ExecuteAsync(HttpContext context, SupervisorDesk desk, Draft draft)
    {
        var actor = ApiCalls.Actor(context);
        var command = new SupervisorCommand
        {
            OperationId = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{actor:N}:{ApiCalls.Key(context)}")).AsSpan(0, 16)),
            Action = draft.Action,
            BatchId = draft.BatchId,
            AssignmentId = draft.AssignmentId,
            WorkerId = draft.WorkerId,
            TaskKeys = draft.TaskKeys,
            Priority = draft.Priority,
            RestrictionId = draft.RestrictionId,
            Reason = draft.Reason,
            ExpectedVersion = ApiCalls.IfMatch(context),
        };
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(draft, DispatchJson.Options));
        var result = await desk.ExecuteAsync(actor, command, hash, context.RequestAborted);
        if (result.Refusal is { } refusal) throw new RefusedException(StatusOf(refusal.Code), refusal with { Place = PlaceOf(refusal.Place), Remedy = RemedyOf(refusal) });
        if (result.Replayed) context.Response.Headers["Idempotent-Replayed"] = "true";
        return new SupervisionDto { AssignmentsEnded = result.AssignmentsEnded, TasksChanged = result.TasksChanged, TasksLeft = result.TasksLeft };
    }

    /// <summary>The desk speaks of the hub's command; a caller of the API sent some of its members under other names.</summary>
    private static string? PlaceOf(string? place) => place switch
    {
        "$.operationId" => "Idempotency-Key",
        "$.expectedVersion" => "If-Match",
        "$.taskKeys" => "$.keys",
        _ => place,
    };

    private static string RemedyOf(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.OperationConflict => "Make a fresh Idempotency-Key for every new request.",
        RefusalCode.VersionMismatch => "GET it again, look at the change, and send the command with the new ETag.",
        _ => refusal.Remedy,
    };

    private static int StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.UnknownBatch or RefusalCode.UnknownWorker or RefusalCode.UnknownAssignment or RefusalCode.UnknownTask or RefusalCode.NotFound => StatusCodes.Status404NotFound,
        RefusalCode.OperationConflict or RefusalCode.InvalidTransition or RefusalCode.NotEligible => StatusCodes.Status409Conflict,
        RefusalCode.VersionMismatch => StatusCodes.Status412PreconditionFailed,
        _ => StatusCodes.Status400BadRequest,
    };

    private static async Task<PageDto<DeadLetterDto>> DeadLettersAsync(Guid batchId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var list = $"dead letters {batchId}";
        var page = await store.ListDeadLettersAsync(batchId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted);
        return PageCursors.Page(list, page, letter => new DeadLetterDto
        {
            Key = letter.Key,
            Content = new JsonText(letter.Content),
            CreatedAt = letter.CreatedAt,
            Attempts = [.. letter.Attempts.Select(attempt => new FailedAttemptDto { WorkerId = attempt.WorkerId, State = attempt.State, Reason = attempt.Reason, EndedAt = attempt.EndedAt })],
        });
    }

    private static async Task<PageDto<LateAnswerDto>> LateAnswersAsync(Guid batchId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var list = $"late answers {batchId}";
        var page = await store.ListLateAnswersAsync(batchId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted);
        return PageCursors.Page(list, page, row => new LateAnswerDto
        {
            Key = row.TaskKey,
            AssignmentId = row.AssignmentId,
            WorkerId = row.WorkerId,
            Answer = new JsonText(row.Answer),
            SubmittedAt = row.SubmittedAt,
            HandlingMs = (long)row.Handling.TotalMilliseconds,
        });
    }

    private static async Task<PageDto<AuditDto>> AuditAsync(Guid subjectId, HttpContext context, IDispatchStore store, string? cursor, int? limit) => PageCursors.Page(
        $"audit {subjectId}",
        await store.ListAuditAsync(subjectId, PageCursors.Read($"audit {subjectId}", cursor), ApiCalls.PageSize(limit), context.RequestAborted),
        row => new AuditDto { ActorId = row.ActorId, Kind = row.Kind, SubjectId = row.SubjectId, Reason = row.Reason, At = row.At });
}
