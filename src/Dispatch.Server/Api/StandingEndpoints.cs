using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Dispatch.Server.Api;

/// <summary>Standings of workers, for supervisors: what workers see of themselves, and the rows behind it.</summary>
internal static class StandingEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var standing = api.MapGroup("").WithTags("Standing").RequireAuthorization(Roles.Supervisor);
        standing.MapGet("/workers/{workerId:guid}/standing", StandingAsync).WithSummary("Read a worker's standing in a project")
            .WithDescription("The worker sees the same. Pass the project id as project.");
        standing.MapGet("/workers/{workerId:guid}/evaluations", EvaluationsAsync).WithSummary("List the evaluations a worker's standing is made of")
            .WithDescription("Newest first, in pages. A standing is a fold over them in order of sequence; a mask takes an earlier one out. Pass the project id as project.");
    }

    private static async Task<StandingView> StandingAsync(Guid workerId, Guid project, HttpContext context, IDispatchStore store, [FromServices] IGrainFactory grains)
    {
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        return await grains.GetGrain<IWorkerGrain>(workerId).GetStanding(project)
            ?? throw Problems.Refuse(404, RefusalCode.NotEnrolled, "The worker is not enrolled in that project.", "Pass the id of a project of the worker as project.", "project");
    }

    private static async Task<PageDto<EvaluationDto>> EvaluationsAsync(Guid workerId, Guid project, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        var list = $"evaluations {workerId} {project}";
        return PageCursors.Page(list, await store.ListEvaluationsAsync(workerId, project, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted), row => new EvaluationDto
        {
            Sequence = row.Sequence,
            Kind = row.Kind,
            Source = row.Source,
            Score = row.Score,
            Weight = row.Weight,
            AssignmentId = row.AssignmentId,
            Masks = row.Masks,
            At = row.CreatedAt,
        });
    }
}
