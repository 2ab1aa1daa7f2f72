using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Quality;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Quality;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Disputes of evaluations: opened by workers over their hub, decided here.</summary>
internal static class DisputeEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var disputes = api.MapGroup("").WithTags("Disputes");
        disputes.MapGet("/projects/{projectId:guid}/disputes", ListAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("List disputes")
            .WithDescription("Open ones, oldest first, in pages; with open=false also those that were decided.");
        disputes.MapGet("/disputes/{disputeId:guid}", GetAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("Read a dispute with the answer it is about")
            .WithDescription("What was shown and answered, drawn as the worker saw it by the form of that time; what reviewers said; of a gold task, what is accepted: all that is needed to decide it.");
        disputes.MapPost("/disputes/{disputeId:guid}/decide", DecideAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("Uphold or dismiss a dispute")
            .WithDescription("Upheld, the evaluation is taken out of the worker's standing by a row of its own, and the standing is replayed without it. The reason is shown to the worker either way.");
    }

    private static async Task<PageDto<DisputeDto>> ListAsync(Guid projectId, bool? open, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        if (await store.GetProjectAsync(projectId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var list = $"disputes {projectId} {open}";
        return PageCursors.Page(list, await store.ListDisputesAsync(projectId, workerId: null, open ?? true, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted), Dto);
    }

    private static async Task<DisputeDto> GetAsync(Guid disputeId, HttpContext context, IDispatchStore store, AnswerDesk desk)
    {
        var row = await FindAsync(disputeId, context, store);
        if (await desk.ReadAsync(row.WorkerId, row.AssignmentId, context.RequestAborted) is not { } judged) return Dto(row);
        var evaluation = judged.Evaluations.FirstOrDefault(evaluation => evaluation.Row.Source == row.Source)?.Row;
        return Dto(row) with
        {
            FormType = judged.Answer.FormType,
            FormSettings = judged.Answer.FormSettings,
            Content = judged.Answer.Content,
            Answer = judged.Answer.Answer,
            Known = judged.Known,
            KnownReason = judged.KnownReason,
            Reviews = judged.Answer.Reviews,
            Kind = evaluation?.Kind,
            Score = evaluation?.Score,
        };
    }

    private static async Task<DisputeDto> DecideAsync(Guid disputeId, DisputeDecisionRequest request, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        ApiCalls.Reason(request.Reason);
        var row = await FindAsync(disputeId, context, store);
        if (row.WorkerId == ApiCalls.Actor(context)) throw Problems.Refuse(403, RefusalCode.Forbidden, "Nobody decides a dispute of their own.", "Let another reviewer decide it.");
        var state = request.Uphold ? DisputeState.Upheld : DisputeState.Dismissed;
        var operation = ApiCalls.Operation(context, "dispute.decide", request, disputeId, Dto(row with { State = state, Resolution = request.Reason })) with { Reason = request.Reason };
        var outcome = await store.DecideDisputeAsync(disputeId, state, request.Reason, operation, context.RequestAborted);
        if (outcome.Status == ApplyStatus.InvalidState) throw Problems.Refuse(409, RefusalCode.InvalidTransition, "The dispute is decided already.", "Read it to see how.");
        var reply = ApiCalls.Reply<DisputeDto>(context, outcome, operation, RefusalCode.UnknownDispute);

        // Told at once, as a review is: where gold is hidden, the standing tells of it only with the next renewal.
        if (outcome.Status == ApplyStatus.Applied) signals.Reviewed(row.WorkerId, row.AssignmentId, Decided(state, request.Reason));
        signals.Learned(row.WorkerId);

        // The reply was made before the commit; when it was decided is the store's to say.
        return reply with { DecidedAt = (await store.GetDisputeAsync(disputeId, context.RequestAborted))?.DecidedAt };
    }

    private static string Decided(DisputeState state, string reason) => state == DisputeState.Upheld
        ? $"You were right: the judgement you disputed is taken back. The one who decided wrote: {reason}"
        : $"The judgement you disputed stands. The one who decided wrote: {reason}";

    private static async Task<DisputeRow> FindAsync(Guid disputeId, HttpContext context, IDispatchStore store) =>
        await store.GetDisputeAsync(disputeId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownDispute, "dispute");

    private static DisputeDto Dto(DisputeRow row) => new()
    {
        DisputeId = row.DisputeId,
        WorkerId = row.WorkerId,
        ProjectId = row.ProjectId,
        AssignmentId = row.AssignmentId,
        Source = row.Source,
        Reason = row.Reason,
        State = row.State,
        Resolution = row.Resolution,
        CreatedAt = row.CreatedAt,
        DecidedAt = row.DecidedAt,
    };
}
