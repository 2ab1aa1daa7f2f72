using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Supervisor;
using Dispatch.Server.Supervision;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Flags and restrictions that quality rules raised: listed, looked at, lifted.</summary>
internal static class FlagEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var flags = api.MapGroup("").WithTags("Flags").RequireAuthorization(Roles.Supervisor);
        flags.MapGet("/projects/{projectId:guid}/restrictions", OfProjectAsync).WithSummary("List what quality rules ask supervisors to look at, and whom they keep from work")
            .WithDescription("""
                Newest first, in pages: who, which rule, when, the sentence the worker was told, and how many tasks rest on answers of that worker that count. With open=true only what is
                open: an attention flag stays open until somebody acknowledges or lifts it, whatever its time; any other action is open while it is in force. The evaluations up to
                sequence are what the rule saw: GET /workers/{workerId}/evaluations.
                """);
        flags.MapGet("/workers/{workerId:guid}/restrictions", OfWorkerAsync).WithSummary("List the actions of quality rules in force on a worker")
            .WithDescription("With the sentence that the worker was told, and until when.");
        flags.MapPost("/restrictions/{restrictionId:guid}/lift", (Guid restrictionId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            SupervisionEndpoints.ExecuteAsync(context, desk, new(SupervisorAction.LiftRestriction, request.Reason) { RestrictionId = restrictionId })).WithSummary("Lift an action of a quality rule")
            .WithDescription("The worker is told at once, and has work again. Refused with invalid_transition when it is not in force any more.");
        flags.MapPost("/restrictions/{restrictionId:guid}/acknowledge", (Guid restrictionId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            SupervisionEndpoints.ExecuteAsync(context, desk, new(SupervisorAction.AcknowledgeFlag, request.Reason) { RestrictionId = restrictionId })).WithSummary("Acknowledge an attention flag")
            .WithDescription("You have looked: say what you found as the reason; the audit trail of the worker keeps it. The flag is open no more, and stays in force until its time, so that the rule does not raise it again at the next answer.");
        flags.MapPost("/restrictions/{restrictionId:guid}/ask-again", (Guid restrictionId, ReasonRequest request, HttpContext context, SupervisorDesk desk) =>
            SupervisionEndpoints.ExecuteAsync(context, desk, new(SupervisorAction.AskAgain, request.Reason) { RestrictionId = restrictionId })).WithSummary("Ask again what a restricted worker answered")
            .WithDescription("""
                Answers that the worker has given so far in the project (in the batch, where the restriction is about one) are kept, become rejected with your reason, and stop counting:
                exports give them as not counted, verdicts are made anew, tasks that lack an answer are open again, for others and never for this worker. tasksChanged says of how many
                tasks. Batches that are closed or canceled stay as they are; tasksLeft says how many tasks that are. Training and exams stay. What others have got as evidence from agreeing
                or not with these answers stays in their standing; they may dispute it. A repeat under the same Idempotency-Key goes on where the first one ended.
                """);
    }

    private static async Task<PageDto<RestrictionDto>> OfProjectAsync(Guid projectId, HttpContext context, IDispatchStore store, string? cursor, int? limit, bool open = false)
    {
        if (await store.GetProjectAsync(projectId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var list = $"restrictions {projectId} {open}";
        var page = await store.ListRestrictionsAsync(projectId, open, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted);
        return PageCursors.Page(list, page, FlagDesk.Dto);
    }

    private static async Task<IReadOnlyList<RestrictionDto>> OfWorkerAsync(Guid workerId, HttpContext context, IDispatchStore store)
    {
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        return
        [
            .. (await store.LoadRestrictionsAsync(workerId, context.RequestAborted))
                .Select(row => FlagDesk.Dto(row) with { IsOpen = row.Action != QualityAction.AttentionFlag || row.AcknowledgedAt is null }),
        ];
    }
}
