using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;

namespace Dispatch.Client;

/// <summary>Reviews, disputes, gold, standings and gates.</summary>
public sealed partial class DispatchApi
{
    /// <summary>Lists the answers that wait for a reviewer.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<ReviewDto>> ListReviewsAsync(Guid projectId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<ReviewDto>>($"api/v1/projects/{projectId}/reviews{Page(cursor)}", cancellation);

    /// <summary>Lists reviewers with how they fare, most reviews first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<ReviewerDto>> ListReviewersAsync(Guid projectId, CancellationToken cancellation = default) =>
        GetAsync<IReadOnlyList<ReviewerDto>>($"api/v1/projects/{projectId}/reviewers", cancellation);

    /// <summary>Decides a review.</summary>
    /// <param name="reviewId">The review.</param>
    /// <param name="request">The decision.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ReviewDto> DecideReviewAsync(Guid reviewId, ReviewDecisionRequest request, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<ReviewDto>(HttpMethod.Post, $"api/v1/reviews/{reviewId}/decide", request, key, cancellation);

    /// <summary>Puts an answer before a reviewer.</summary>
    /// <param name="assignmentId">Its assignment.</param>
    /// <param name="reason">Why.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<ReviewDto>> AskReviewAsync(Guid assignmentId, string reason, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<IReadOnlyList<ReviewDto>>(HttpMethod.Post, $"api/v1/assignments/{assignmentId}/review", new AskReviewRequest { Reason = reason }, key, cancellation);

    /// <summary>Lists disputes.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="openOnly">Leave decided ones out.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<DisputeDto>> ListDisputesAsync(Guid projectId, bool openOnly = true, CancellationToken cancellation = default) =>
        GetAsync<PageDto<DisputeDto>>($"api/v1/projects/{projectId}/disputes?open={(openOnly ? "true" : "false")}", cancellation);

    /// <summary>Reads a dispute with the answer it is about.</summary>
    /// <param name="disputeId">The dispute.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<DisputeDto> GetDisputeAsync(Guid disputeId, CancellationToken cancellation = default) =>
        GetAsync<DisputeDto>($"api/v1/disputes/{disputeId}", cancellation);

    /// <summary>Upholds or dismisses a dispute.</summary>
    /// <param name="disputeId">The dispute.</param>
    /// <param name="request">The decision.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<DisputeDto> DecideDisputeAsync(Guid disputeId, DisputeDecisionRequest request, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<DisputeDto>(HttpMethod.Post, $"api/v1/disputes/{disputeId}/decide", request, key, cancellation);

    /// <summary>Lists gold tasks with how they fare.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<GoldDto>> ListGoldAsync(Guid projectId, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<PageDto<GoldDto>>($"api/v1/projects/{projectId}/gold{Page(cursor)}", cancellation);

    /// <summary>Retires a gold task, or brings it back.</summary>
    /// <param name="batchId">Its batch.</param>
    /// <param name="request">Which, and why.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GoldRetireRequest> RetireGoldAsync(Guid batchId, GoldRetireRequest request, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<GoldRetireRequest>(HttpMethod.Post, $"api/v1/batches/{batchId}/gold/retire", request, key, cancellation);

    /// <summary>Corrects the accepted answers of a gold task.</summary>
    /// <param name="batchId">Its batch.</param>
    /// <param name="request">Which, what, and why.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GoldCorrectionDto> CorrectGoldAsync(Guid batchId, GoldCorrectionRequest request, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<GoldCorrectionDto>(HttpMethod.Post, $"api/v1/batches/{batchId}/gold/correct", request, key, cancellation);

    /// <summary>Reads a worker's standing, as the worker sees it.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<StandingView> GetStandingAsync(Guid workerId, Guid projectId, CancellationToken cancellation = default) =>
        GetAsync<StandingView>($"api/v1/workers/{workerId}/standing?project={projectId}", cancellation);

    /// <summary>Lists the evaluations of a worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<EvaluationDto>> ListEvaluationsAsync(Guid workerId, Guid projectId, CancellationToken cancellation = default) =>
        GetAsync<PageDto<EvaluationDto>>($"api/v1/workers/{workerId}/evaluations?project={projectId}", cancellation);

    /// <summary>Lists the past answers of a worker with their tasks, as the worker sees them: one's own, or, for supervisors, anybody's.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="cursor">Next of the page before.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<AnswerPage> ListAnswersAsync(Guid workerId, Guid? projectId = null, string? cursor = null, CancellationToken cancellation = default) =>
        GetAsync<AnswerPage>($"api/v1/workers/{workerId}/answers{Page(cursor)}{(projectId is { } project ? $"{(cursor is null ? '?' : '&')}project={project}" : "")}", cancellation);

    /// <summary>Reads one past answer of a worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="assignmentId">Its assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<AnswerView> GetAnswerAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation = default) =>
        GetAsync<AnswerView>($"api/v1/workers/{workerId}/answers/{assignmentId}", cancellation);

    /// <summary>Lists the actions of quality rules in force on a worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<RestrictionDto>> ListRestrictionsAsync(Guid workerId, CancellationToken cancellation = default) =>
        GetAsync<IReadOnlyList<RestrictionDto>>($"api/v1/workers/{workerId}/restrictions", cancellation);

    /// <summary>Reads the gate of a golden batch.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GateDto> GetGateAsync(Guid batchId, CancellationToken cancellation = default) =>
        GetAsync<GateDto>($"api/v1/batches/{batchId}/gate", cancellation);

    /// <summary>Sets the gate of a golden batch.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="policy">The gate; its version is set by the server.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GateDto> SetGateAsync(Guid batchId, GatePolicy policy, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<GateDto>(HttpMethod.Put, $"api/v1/batches/{batchId}/gate", policy, key, cancellation);

    /// <summary>Reads the proof that a golden assignment was allowed by its gate.</summary>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GateStampDto> GetGateStampAsync(Guid assignmentId, CancellationToken cancellation = default) =>
        GetAsync<GateStampDto>($"api/v1/assignments/{assignmentId}/gate", cancellation);

    /// <summary>Lists who entered and left the gate of a batch, newest first.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<GateEventDto>> ListGateEventsAsync(Guid batchId, CancellationToken cancellation = default) =>
        GetAsync<PageDto<GateEventDto>>($"api/v1/batches/{batchId}/gate/events", cancellation);

    /// <summary>Reads the leaderboard of a project, as supervisors see it.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="from">First place.</param>
    /// <param name="count">Rows, at most 100.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BoardView> GetLeaderboardAsync(Guid projectId, int from = 1, int count = 100, CancellationToken cancellation = default) =>
        GetAsync<BoardView>($"api/v1/projects/{projectId}/leaderboard?from={from}&count={count}", cancellation);

    /// <summary>Tries a gate on the live board.</summary>
    /// <param name="batchId">The golden batch.</param>
    /// <param name="request">The gate.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GateTrialDto> TryGateAsync(Guid batchId, GateTrialRequest request, CancellationToken cancellation = default) =>
        SendAsync<GateTrialDto>(HttpMethod.Post, $"api/v1/batches/{batchId}/gate/what-if", request, null, cancellation);

    /// <summary>Replays recorded evaluations under a gate.</summary>
    /// <param name="batchId">The golden batch.</param>
    /// <param name="request">The gate.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<GateBacktestDto> BacktestGateAsync(Guid batchId, GateTrialRequest request, CancellationToken cancellation = default) =>
        SendAsync<GateBacktestDto>(HttpMethod.Post, $"api/v1/batches/{batchId}/gate/backtest", request, null, cancellation);

    /// <summary>Reads the live quality of a batch.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BatchQualityView> GetQualityAsync(Guid batchId, CancellationToken cancellation = default) =>
        GetAsync<BatchQualityView>($"api/v1/batches/{batchId}/quality", cancellation);

    /// <summary>Recomputes the agreement of a batch from its rows.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="dawidSkene">With a Dawid–Skene fit.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BatchReportDto> GetReportAsync(Guid batchId, bool dawidSkene = false, CancellationToken cancellation = default) =>
        GetAsync<BatchReportDto>($"api/v1/batches/{batchId}/report?dawidSkene={(dawidSkene ? "true" : "false")}", cancellation);

    /// <summary>Reads a worker's exam in a project, with its attempts.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ExamsDto> GetExamsAsync(Guid workerId, Guid projectId, CancellationToken cancellation = default) =>
        GetAsync<ExamsDto>($"api/v1/workers/{workerId}/exams?project={projectId}", cancellation);

    /// <summary>Grants a worker another attempt, which may begin at once.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="reason">Why.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task GrantExamAsync(Guid workerId, Guid projectId, string reason, string? key = null, CancellationToken cancellation = default)
    {
        using var request = Request(HttpMethod.Post, $"api/v1/workers/{workerId}/exams/grant?project={projectId}", key);
        request.Content = System.Net.Http.Json.JsonContent.Create(new ReasonRequest { Reason = reason }, mediaType: null, DispatchJson.Options);
        using var response = await http.SendAsync(request, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
    }
}
