using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Quality;
using Microsoft.AspNetCore.Mvc;

namespace Dispatch.Server.Api;

/// <summary>Past answers of a worker: the hub's <c>ListAnswers</c> and <c>GetAnswer</c> for those who have no connection, and for supervisors, who see what the worker sees.</summary>
internal static class AnswerEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var answers = api.MapGroup("/workers/{workerId:guid}/answers").WithTags("Workers").RequireAuthorization();
        answers.MapGet("/", ListAsync).WithSummary("List a worker's past answers with their tasks")
            .WithDescription("Newest first, in pages: pass next as cursor; a page may be short, or empty, and still have a next one. Of one project when project is given. A worker reads their own, a supervisor anybody's, "
                + "both as the worker sees them: gold that is not revealed looks like any other task.");
        answers.MapGet("/{assignmentId:guid}", GetAsync).WithSummary("Read one past answer of a worker with its task")
            .WithDescription("With what was accepted where that is told, what reviewers wrote, and how it was judged.");
    }

    private static async Task<AnswerPage> ListAsync(Guid workerId, [FromQuery] Guid? project, HttpContext context, AnswerDesk desk, string? cursor)
    {
        RequireMayRead(workerId, context);
        var page = await desk.ListAsync(workerId, project, cursor, context.RequestAborted);
        return page.Refusal is { } refusal ? throw new RefusedException(StatusCodes.Status400BadRequest, refusal) : page;
    }

    private static async Task<AnswerView> GetAsync(Guid workerId, Guid assignmentId, HttpContext context, AnswerDesk desk)
    {
        RequireMayRead(workerId, context);
        var result = await desk.FindAsync(workerId, assignmentId, context.RequestAborted);
        return result.Answer ?? throw new RefusedException(StatusCodes.Status404NotFound, result.Refusal!);
    }

    private static void RequireMayRead(Guid workerId, HttpContext context)
    {
        if (ApiCalls.Actor(context) == workerId || context.User.IsInRole(Roles.Supervisor) || context.User.IsInRole(Roles.Admin)) return;
        throw Problems.Refuse(StatusCodes.Status403Forbidden, RefusalCode.Forbidden, "These are the answers of somebody else.", "Read your own: the id in the path is the sub of your token.", "workerId");
    }
}
