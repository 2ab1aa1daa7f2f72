using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Quality;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Gold tasks: how they fare, retiring and correcting them.</summary>
internal static class GoldEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var gold = api.MapGroup("").WithTags("Gold");
        gold.MapGet("/projects/{projectId:guid}/gold", ListAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("List gold tasks with how they fare")
            .WithDescription("In pages. A gold task is suspect when good workers fail it more often than chance lets them, or when it has become much easier than it was. Pass a batch id as batch for one batch only.");
        gold.MapPost("/batches/{batchId:guid}/gold/retire", RetireAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Retire a gold task, or bring it back")
            .WithDescription("A retired one is handed out no more; what it said about people stays. Correct it if that was wrong.");
        gold.MapPost("/batches/{batchId:guid}/gold/correct", CorrectAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Correct the accepted answers of a gold task, and judge anew everybody it touched")
            .WithDescription("Evaluations are never changed: those whose score changes are taken out by a row of their own, and a new one follows. Standings are replayed, and the people told.");
    }

    private static async Task<PageDto<GoldDto>> ListAsync(Guid projectId, Guid? batch, HttpContext context, IDispatchStore store, FormCatalog forms, string? cursor, int? limit)
    {
        if (await store.GetProjectAsync(projectId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var (_, form) = await ProjectForms.ReadAsync(projectId, store, forms, context.RequestAborted);
        var list = $"gold {projectId} {batch}";
        return PageCursors.Page(list, await store.ListGoldAsync(projectId, batch, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted), record => GoldDesk.Dto(record, form));
    }

    private static async Task<GoldRetireRequest> RetireAsync(Guid batchId, GoldRetireRequest request, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        ApiCalls.Reason(request.Reason);
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var operation = ApiCalls.Operation(context, "gold.retire", request, batchId, request) with { Reason = request.Reason };
        var reply = ApiCalls.Reply<GoldRetireRequest>(context, await store.RetireGoldAsync(batchId, request.Key, request.Retired, operation, context.RequestAborted), operation, RefusalCode.UnknownTask);
        signals.TakenOver(batch.ProjectId, batchId);
        return reply;
    }

    private static async Task<GoldCorrectionDto> CorrectAsync(Guid batchId, GoldCorrectionRequest request, HttpContext context, IDispatchStore store, GoldDesk desk)
    {
        ApiCalls.Reason(request.Reason);
        return await desk.CorrectAsync(context, await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted), request);
    }
}
