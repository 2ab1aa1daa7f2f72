using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Exams of workers, for supervisors.</summary>
internal static class ExamEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var exams = api.MapGroup("/workers/{workerId:guid}/exams").WithTags("Standing").RequireAuthorization(Roles.Supervisor);
        exams.MapGet("/", ReadAsync).WithSummary("Read a worker's exam in a project, with its attempts")
            .WithDescription("How it stands is what the worker sees: state, attempt, when the next may begin, and why in words. Pass the project id as project.");
        exams.MapPost("/grant", GrantAsync).WithSummary("Grant a worker another attempt at the exam")
            .WithDescription("It may begin at once, whatever wait was left, and also after a pass. Kept in the audit trail with the reason. Pass the project id as project.")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<ExamsDto> ReadAsync(Guid workerId, Guid project, HttpContext context, IDispatchStore store)
    {
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        var record = await store.GetProjectAsync(project, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        return await DtoAsync(workerId, record, context, store);
    }

    private static async Task<IResult> GrantAsync(Guid workerId, Guid project, ReasonRequest request, HttpContext context, IDispatchStore store, IIdSource ids, IWorkSignals signals)
    {
        ApiCalls.Reason(request.Reason);
        var record = await store.GetProjectAsync(project, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        if (record.Quality.Exam is null) throw Problems.Refuse(409, RefusalCode.InvalidTransition, "The project has no exam.", "Set exam in its quality policy first.", "project");
        var grant = new ExamGrantRow { GrantId = ids.NewId(), WorkerId = workerId, ProjectId = project, GrantedBy = ApiCalls.Actor(context), Reason = request.Reason };
        var operation = ApiCalls.Operation(context, "exam.grant", new { project, request.Reason }, workerId) with { Reason = request.Reason };
        var outcome = await store.GrantExamAsync(grant, operation, context.RequestAborted);
        if (outcome.Status == ApplyStatus.NotFound) throw Problems.Refuse(404, RefusalCode.NotEnrolled, "There is no such worker in that project.", "Pass the id of a project of the worker as project.", "project");
        ApiCalls.Require(context, outcome, RefusalCode.UnknownWorker);
        signals.WorkerChanged(workerId);
        return Results.NoContent();
    }

    private static async Task<ExamsDto> DtoAsync(Guid workerId, ProjectRecord project, HttpContext context, IDispatchStore store)
    {
        var rows = await store.LoadExamsAsync(workerId, project.ProjectId, context.RequestAborted);
        var now = await store.NowAsync(context.RequestAborted);
        return new ExamsDto
        {
            Exam = project.Quality.Exam is { } policy ? ExamViews.Of(ExamViews.Fold(policy, project.ProjectId, rows), policy, now) : null,
            Attempts = [.. rows.Attempts.Select(row => new ExamAttemptDto
            {
                Attempt = row.Attempt,
                Questions = row.Questions,
                Score = row.Score,
                PassScore = row.PassScore,
                Passed = row.Passed,
                Label = row.Label,
                EndedAt = row.EndedAt,
                NextAt = row.NextAt,
            })],
            Grants = [.. rows.Grants.Select(row => new ExamGrantDto(row.GrantedBy, row.Reason, row.At))],
        };
    }
}
