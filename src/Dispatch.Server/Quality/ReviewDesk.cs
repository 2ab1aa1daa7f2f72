using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Quality;

/// <summary>
/// Decides reviews: checks the decision, works out what it says about the worker and about earlier reviewers, and whether somebody looks again.
/// The first verdict takes effect at once. A second look, where one is drawn, only weighs on the first reviewer when the two agree; where they do not, a
/// third one decides, and both are judged by it.
/// </summary>
public sealed class ReviewDesk(IDispatchStore store, FormCatalog forms, IIdSource ids, IWorkSignals signals, Pseudonyms pseudonyms)
{
    private const int DecidingPass = 3;

    /// <summary>Carries out a decision.</summary>
    /// <param name="context">The request.</param>
    /// <param name="reviewId">The review.</param>
    /// <param name="request">The decision.</param>
    public async Task<ReviewDto> DecideAsync(HttpContext context, Guid reviewId, ReviewDecisionRequest request)
    {
        var review = await store.GetReviewAsync(reviewId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownReview, "review");
        var (project, form) = await ProjectForms.ReadAsync(review.ProjectId, store, forms, context.RequestAborted);
        var (score, fixedAnswer) = Check(request, review, form);
        var reviewer = ApiCalls.Actor(context);
        var earlier = (await store.LoadReviewsAsync(review.AssignmentId, context.RequestAborted)).Where(row => row.Pass < review.Pass && row.ReviewerId is not null).ToArray();
        var decision = new ReviewDecision
        {
            ReviewId = reviewId,
            ReviewerId = reviewer,
            Verdict = request.Verdict,
            Score = score,
            FixedAnswer = fixedAnswer,
            FixedVote = fixedAnswer is null ? null : form.VoteOf(fixedAnswer),
            Note = request.Note,
            Evidence = [.. EvidenceOf(review, project, reviewer, request.Verdict, score, earlier)],
            NextPass = NextPass(review, project, request.Verdict, earlier),
        };
        var operation = ApiCalls.Operation(context, "review.decide", request, review.AssignmentId, Dto(Decided(review, decision), form));
        var outcome = await store.DecideReviewAsync(decision, operation, context.RequestAborted);
        if (outcome.Status == ApplyStatus.InvalidState)
        {
            throw Problems.Refuse(409, RefusalCode.InvalidTransition, "The review is decided already, or it is not for you: it is your own answer, or you decided an earlier look at it.", "Take the next one of the queue.");
        }

        var reply = ApiCalls.Reply<ReviewDto>(context, outcome, operation, RefusalCode.UnknownReview);
        signals.TakenOver(review.ProjectId, review.BatchId);
        if (outcome.Status == ApplyStatus.Applied) signals.Reviewed(review.WorkerId, review.AssignmentId, ReviewSentences.WithNote(decision.Verdict, review.Pass, decision.Note));
        foreach (var worker in decision.Evidence.Select(row => row.WorkerId).Append(review.WorkerId).Distinct()) signals.Learned(worker);

        // The reply was made before the commit; when it was decided is the store's to say.
        return reply with { DecidedAt = (await store.GetReviewAsync(reviewId, context.RequestAborted))?.DecidedAt };
    }

    private static (double Score, string? Fixed) Check(ReviewDecisionRequest request, ReviewRow review, ICompiledForm form)
    {
        if (request.Verdict is ReviewVerdict.Unspecified || !Enum.IsDefined(request.Verdict)) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such verdict.", "Send approve, fix_and_approve, reject_requeue or reject_remove.", "$.verdict");
        if (request.Score is { } given && !(given is >= 0 and <= 1)) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "A score lies between 0 and 1.", "Send 0 for wholly wrong, 1 for wholly right, or leave it out.", "$.score");
        var rejects = request.Verdict is ReviewVerdict.RejectRequeue or ReviewVerdict.RejectRemove;
        if (rejects && string.IsNullOrWhiteSpace(request.Note)) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "A rejection needs a note.", "Say what is wrong with the answer; its author reads it.", "$.note");
        if (request.Note is { } note && (note.Length > Limits.ReasonCharacters || !StorableText.Is(note))) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "The note is too long, or holds a NUL character or half a surrogate pair.", $"Keep it to {Limits.ReasonCharacters} characters.", "$.note");
        if (request.Verdict != ReviewVerdict.FixAndApprove)
        {
            if (request.FixedAnswer is not null) throw Problems.Refuse(400, RefusalCode.MalformedRequest, "Only fix_and_approve takes a corrected answer.", "Leave fixedAnswer out, or send fix_and_approve.", "$.fixedAnswer");
            return (request.Score ?? (rejects ? 0 : 1), null);
        }

        if (request.FixedAnswer is not { } corrected) throw Problems.Refuse(400, RefusalCode.MalformedRequest, "fix_and_approve needs the corrected answer.", "Send it as fixedAnswer.", "$.fixedAnswer");
        var check = form.CheckAnswer(review.Content, [], corrected.Json);
        if (check.Refusal is { } refusal) throw new RefusedException(400, refusal with { Place = refusal.Place?.Replace("$", "$.fixedAnswer", StringComparison.Ordinal) ?? "$.fixedAnswer" });
        return (request.Score ?? form.AgreementOf(review.Answer, check.Canonical!), check.Canonical);
    }

    private static IEnumerable<OutboxEvaluation> EvidenceOf(ReviewRow review, ProjectRecord project, Guid reviewer, ReviewVerdict verdict, double score, ReviewRow[] earlier)
    {
        var policy = project.Quality.Review;

        // Of several looks at one answer only one weighs on its author: the deciding one, by masking what came before it.
        var standing = earlier.Length == 0 ? null : earlier[^1];
        var overturns = standing is not null && Approves(standing.Verdict) != Approves(verdict) && review.Pass == DecidingPass;
        if (policy.Weight > 0 && (standing is null || overturns))
        {
            yield return new OutboxEvaluation(review.WorkerId, SourceOf(review, review.Pass), review.ProjectId, EvidenceKinds.Review, score, policy.Weight, review.AssignmentId);
            if (overturns) yield return new OutboxEvaluation(review.WorkerId, $"mask:{SourceOf(review, 1)}", review.ProjectId, EvidenceKinds.Mask, 0, 0, review.AssignmentId, SourceOf(review, 1));
        }

        // Two who agree speak for each other; where they do not, both wait for the third.
        if (earlier.Length == 0 || (review.Pass < DecidingPass && Approves(earlier[^1].Verdict) != Approves(verdict))) yield break;
        foreach (var row in earlier)
        {
            var agrees = Approves(row.Verdict) == Approves(verdict) ? 1.0 : 0.0;
            yield return new OutboxEvaluation(row.ReviewerId!.Value, $"reviewing:{row.ReviewId:N}", review.ProjectId, EvidenceKinds.Reviewing, agrees, 1, review.AssignmentId);
        }

        if (review.Pass < DecidingPass) yield return new OutboxEvaluation(reviewer, $"reviewing:{review.ReviewId:N}", review.ProjectId, EvidenceKinds.Reviewing, 1, 1, review.AssignmentId);
    }

    private NewReview? NextPass(ReviewRow review, ProjectRecord project, ReviewVerdict verdict, ReviewRow[] earlier) => review.Pass switch
    {
        1 when KeyedDraw.IsDrawn(review.ReviewId, project.Quality.Review.SecondPassShare) => new NewReview(ids.NewId(), review.AssignmentId, ReviewCause.SecondPass, 2),
        2 when earlier.Length > 0 && Approves(earlier[^1].Verdict) != Approves(verdict) => new NewReview(ids.NewId(), review.AssignmentId, ReviewCause.Disagreement, DecidingPass),
        _ => null,
    };

    private static string SourceOf(ReviewRow review, int pass) => EvidenceSources.Review(review.AssignmentId, pass);

    private static bool Approves(ReviewVerdict verdict) => verdict is ReviewVerdict.Approve or ReviewVerdict.FixAndApprove;

    private static ReviewRow Decided(ReviewRow review, ReviewDecision decision) => review with
    {
        Verdict = decision.Verdict,
        Score = decision.Score,
        FixedAnswer = decision.FixedAnswer,
        Note = decision.Note,
        ReviewerId = decision.ReviewerId,
        Counted = review.Counted && Approves(decision.Verdict),
    };

    /// <summary>A review as it leaves.</summary>
    /// <param name="row">The row.</param>
    /// <param name="form">The project's form.</param>
    public ReviewDto Dto(ReviewRow row, ICompiledForm form) => new()
    {
        ReviewId = row.ReviewId,
        AssignmentId = row.AssignmentId,
        ProjectId = row.ProjectId,
        BatchId = row.BatchId,
        TaskKey = row.TaskKey,
        Author = pseudonyms.Of(row.WorkerId, row.ProjectId),
        Cause = row.Cause,
        Pass = row.Pass,
        Content = new JsonText(form.Present(row.Content, [])),
        Answer = new JsonText(form.PresentAnswer(row.Content, [], row.Answer)),
        Counted = row.Counted,
        SubmittedAt = row.SubmittedAt,
        CreatedAt = row.CreatedAt,
        Verdict = row.Verdict,
        Score = row.Score,
        FixedAnswer = row.FixedAnswer is { } text ? new JsonText(form.PresentAnswer(row.Content, [], text)) : null,
        Note = row.Note,
        DecidedAt = row.DecidedAt,
    };
}
