using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Quality;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Reviews of answers.</summary>
internal static class ReviewEndpoints
{
    /// <summary>Longer than this between two decisions, nobody was looking.</summary>
    private static readonly TimeSpan PauseFrom = TimeSpan.FromMinutes(10);

    public static void Map(RouteGroupBuilder api)
    {
        var reviews = api.MapGroup("").WithTags("Reviews");
        reviews.MapGet("/projects/{projectId:guid}/reviews", ListAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("List the answers that wait for a reviewer")
            .WithDescription("Oldest first, in pages, without those that you may not decide: your own answers, and answers of which you decided an earlier look. Pass a batch id as batch for one batch only.");
        reviews.MapGet("/reviews/{reviewId:guid}", GetAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("Read a review")
            .WithDescription("Its author is a pseudonym: a reviewer judges the answer, not the name.");
        reviews.MapPost("/reviews/{reviewId:guid}/decide", DecideAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("Decide a review: approve, fix and approve, or reject")
            .WithDescription("The decision takes effect in one transaction: a rejected answer stops counting and its task is asked again (reject_requeue) or gets by with one answer less (reject_remove). The worker is told, with your note, and may dispute it.");
        reviews.MapGet("/projects/{projectId:guid}/reviewers", ReviewersAsync).RequireAuthorization(Roles.Supervisor).WithSummary("List reviewers with how they fare")
            .WithDescription("Most reviews first, at most a page. Agreement is with further looks at the same answers; overturned are verdicts that a dispute showed to be wrong.");
        reviews.MapGet("/assignments/{assignmentId:guid}/reviews", HistoryAsync).RequireAuthorization(Policies.ReviewerOrSupervisor).WithSummary("List the reviews of one answer")
            .WithDescription("By look: the first, the second, the deciding one.");
        reviews.MapPost("/assignments/{assignmentId:guid}/review", AskAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Put an answer before a reviewer")
            .WithDescription("Asked again, it changes nothing while the first look waits or is done.");
    }

    private static async Task<IReadOnlyList<ReviewerDto>> ReviewersAsync(Guid projectId, HttpContext context, IDispatchStore store)
    {
        if (await store.GetProjectAsync(projectId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        return [.. (await store.ListReviewersAsync(projectId, PauseFrom, Limits.PageRows, context.RequestAborted)).Select(row => new ReviewerDto
        {
            ReviewerId = row.ReviewerId,
            Name = row.Name,
            Reviews = row.Reviews,
            RejectedShare = (double)row.Rejected / row.Reviews,
            Compared = row.Compared,
            Agreement = row.Compared == 0 ? null : row.Agreed / row.Compared,
            Disputed = row.Disputed,
            Overturned = row.Overturned,
            MeanSeconds = row.MeanGap?.TotalSeconds,
        })];
    }

    private static async Task<PageDto<ReviewDto>> ListAsync(Guid projectId, Guid? batch, HttpContext context, IDispatchStore store, FormCatalog forms, ReviewDesk desk, string? cursor, int? limit)
    {
        var (_, form) = await ProjectForms.ReadAsync(projectId, store, forms, context.RequestAborted);
        var list = $"reviews {projectId} {batch}";
        return PageCursors.Page(list, await store.ListReviewsAsync(projectId, batch, ApiCalls.Actor(context), PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted), row => desk.Dto(row, form));
    }

    private static async Task<ReviewDto> GetAsync(Guid reviewId, HttpContext context, IDispatchStore store, FormCatalog forms, ReviewDesk desk)
    {
        var row = await store.GetReviewAsync(reviewId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownReview, "review");
        var (_, form) = await ProjectForms.ReadAsync(row.ProjectId, store, forms, context.RequestAborted);
        return desk.Dto(row, form);
    }

    private static Task<ReviewDto> DecideAsync(Guid reviewId, ReviewDecisionRequest request, HttpContext context, ReviewDesk desk) => desk.DecideAsync(context, reviewId, request);

    private static async Task<IReadOnlyList<ReviewDto>> HistoryAsync(Guid assignmentId, HttpContext context, IDispatchStore store, FormCatalog forms, ReviewDesk desk)
    {
        var assignment = await store.GetAssignmentAsync(assignmentId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownAssignment, "assignment");
        var (_, form) = await ProjectForms.ReadAsync(assignment.ProjectId, store, forms, context.RequestAborted);
        return [.. (await store.LoadReviewsAsync(assignmentId, context.RequestAborted)).Select(row => desk.Dto(row, form))];
    }

    private static async Task<IReadOnlyList<ReviewDto>> AskAsync(Guid assignmentId, AskReviewRequest request, HttpContext context, IDispatchStore store, FormCatalog forms, ReviewDesk desk, IIdSource ids)
    {
        ApiCalls.Key(context);
        ApiCalls.Reason(request.Reason);
        var assignment = await store.GetAssignmentAsync(assignmentId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownAssignment, "assignment");
        if (assignment.State is not (AssignmentState.Submitted or AssignmentState.Approved or AssignmentState.Rejected))
        {
            throw Problems.Refuse(409, RefusalCode.InvalidTransition, "There is no answer to review.", "Ask when the assignment is submitted.");
        }

        // Unique by (assignment, pass): repeating it is harmless without a stored operation.
        await store.AppendReviewsAsync([new NewReview(ids.NewId(), assignmentId, ReviewCause.Rule)], context.RequestAborted);
        return await HistoryAsync(assignmentId, context, store, forms, desk);
    }
}
