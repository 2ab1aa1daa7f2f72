using Dispatch.Contracts.Api;

namespace Dispatch.Client;

/// <summary>What supervisors look at, and do to live work.</summary>
public sealed partial class DispatchApi
{
    /// <summary>Lists the batches of a project.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<BatchDto>> ListBatchesAsync(Guid projectId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<BatchDto>>($"api/v1/projects/{projectId}/batches{Page(cursor)}", cancellation);

    /// <summary>Changes priority, selectors or rules of a batch.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="request">The change.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BatchDto> UpdateBatchAsync(Guid batchId, UpdateBatchRequest request, CancellationToken cancellation = default) =>
        SendAsync<BatchDto>(HttpMethod.Patch, $"api/v1/batches/{batchId}", request, null, cancellation);

    /// <summary>Cancels a batch: what is held is withdrawn, open tasks are canceled.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="reason">Why; the workers are told.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> CancelBatchAsync(Guid batchId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"batches/{batchId}/cancel", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Prioritizes, cancels or requeues tasks by key, all or none.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="request">What, and which.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> ActOnTasksAsync(Guid batchId, TaskActionRequest request, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"batches/{batchId}/tasks/actions", request, key, cancellation);

    /// <summary>Takes an assignment away from its worker; the task goes to others.</summary>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="reason">Why; the worker is told.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> WithdrawAssignmentAsync(Guid assignmentId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"assignments/{assignmentId}/withdraw", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Gives an assignment to another worker.</summary>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="workerId">To whom.</param>
    /// <param name="reason">Why; the worker who had it is told.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> ReassignAssignmentAsync(Guid assignmentId, Guid workerId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"assignments/{assignmentId}/reassign", new ReassignRequest { WorkerId = workerId, Reason = reason }, key, cancellation);

    /// <summary>Takes everything away from a worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="reason">Why; the worker is told.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> ClearWorkerAsync(Guid workerId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"workers/{workerId}/clear", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Lets a worker finish what is held, and offers nothing more.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="reason">Why; the worker is told.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> DrainWorkerAsync(Guid workerId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"workers/{workerId}/drain", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Sets a worker offline; what is held stays held until its lease ends.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="reason">Why; the worker is told.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> SignOffWorkerAsync(Guid workerId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"workers/{workerId}/sign-off", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Lists what quality rules ask supervisors of a project to look at, and whom they keep from work; newest first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="open">Only what is open.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<RestrictionDto>> ListProjectRestrictionsAsync(Guid projectId, bool open = false, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<RestrictionDto>>($"api/v1/projects/{projectId}/restrictions?open={(open ? "true" : "false")}{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", cancellation);

    /// <summary>Lifts an action of a quality rule that is in force; the worker has work again at once.</summary>
    /// <param name="restrictionId">The action.</param>
    /// <param name="reason">Why.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> LiftRestrictionAsync(Guid restrictionId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"restrictions/{restrictionId}/lift", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Says that an attention flag was looked at: it is open no more.</summary>
    /// <param name="restrictionId">The flag.</param>
    /// <param name="reason">What was found; the audit trail of the worker keeps it.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<SupervisionDto> AcknowledgeFlagAsync(Guid restrictionId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"restrictions/{restrictionId}/acknowledge", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Asks again what a restricted worker answered: the answers are kept and stop counting, and others get the tasks.</summary>
    /// <param name="restrictionId">The restriction.</param>
    /// <param name="reason">Why; the worker is told.</param>
    /// <param name="key">Idempotency key; a repeat goes on where the first one ended.</param>
    /// <param name="cancellation">Gives up; the server goes on.</param>
    public Task<SupervisionDto> AskAgainAsync(Guid restrictionId, string reason, string? key = null, CancellationToken cancellation = default) =>
        CommandAsync($"restrictions/{restrictionId}/ask-again", new ReasonRequest { Reason = reason }, key, cancellation);

    /// <summary>Lists the dead letters of a batch, with who failed them and why.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<DeadLetterDto>> ListDeadLettersAsync(Guid batchId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<DeadLetterDto>>($"api/v1/batches/{batchId}/dead-letters{Page(cursor)}", cancellation);

    /// <summary>Lists answers that came late and were kept aside.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<LateAnswerDto>> ListLateAnswersAsync(Guid batchId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<LateAnswerDto>>($"api/v1/batches/{batchId}/late-answers{Page(cursor)}", cancellation);

    /// <summary>Reads the audit trail of a batch, worker, assignment or project, newest first.</summary>
    /// <param name="subjectId">About what.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<AuditDto>> ListAuditAsync(Guid subjectId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<AuditDto>>($"api/v1/audit/{subjectId}{Page(cursor)}", cancellation);

    /// <summary>Lists the workers of a project with what they are doing and hold.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<WorkerPresenceDto>> ListPresenceAsync(Guid projectId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<WorkerPresenceDto>>($"api/v1/projects/{projectId}/presence{Page(cursor)}", cancellation);

    /// <summary>Reads a worker, or anybody with a role.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<WorkerDto> GetWorkerAsync(Guid workerId, CancellationToken cancellation = default) =>
        GetAsync<WorkerDto>($"api/v1/workers/{workerId}", cancellation);

    /// <summary>Explains why a task is not assigned.</summary>
    /// <param name="batchId">Its batch.</param>
    /// <param name="taskKey">The producer's key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<TaskExplanationDto> ExplainTaskAsync(Guid batchId, string taskKey, CancellationToken cancellation = default) =>
        GetAsync<TaskExplanationDto>($"api/v1/batches/{batchId}/tasks/explain?key={Uri.EscapeDataString(taskKey)}", cancellation);

    /// <summary>Explains why a worker gets nothing; the worker sees the same.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Contracts.Worker.IdleExplanation> ExplainWorkerAsync(Guid workerId, CancellationToken cancellation = default) =>
        GetAsync<Contracts.Worker.IdleExplanation>($"api/v1/workers/{workerId}/explain", cancellation);

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Get, path, null, null, cancellation);

    private Task<SupervisionDto> CommandAsync(string path, object request, string? key, CancellationToken cancellation) =>
        SendAsync<SupervisionDto>(HttpMethod.Post, $"api/v1/{path}", request, key, cancellation);

    private static string Page(string? cursor) => cursor is null ? "" : $"?cursor={Uri.EscapeDataString(cursor)}";
}
