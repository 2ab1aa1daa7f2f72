using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Gold: when the next task is to be one, what an answer to one is worth, and what is told of it afterwards.</summary>
internal sealed partial class WorkerActor
{
    private QualityPolicy QualityOf(Guid projectId) => catalog.KnownProject(projectId)?.Record.Quality ?? new QualityPolicy();

    private Accuracy AccuracyOf(Guid projectId) => Accuracy.Of(FoldOf(projectId), catalog.PriorOf(projectId));

    /// <summary>
    /// Whether the worker's next task is to be a control, where the batch has one. Drawn by what was committed: asking again, or giving the task back, draws the same.
    /// </summary>
    /// <param name="projectId">The project.</param>
    /// <param name="ahead">Tasks that come before the one that is drawn for: those held, and the answer that is being committed.</param>
    private bool WantsControl(Guid projectId, int ahead)
    {
        var rate = GoldRate.Of(AccuracyOf(projectId), QualityOf(projectId).Gold, IsInForce(projectId, QualityAction.RaiseGoldRate));
        return GoldDraw.IsGold(goldKey.Bytes, workerId, _standings.Of(projectId).Answers + ahead, rate);
    }

    private int HeldOf(Guid projectId) => _held.Values.Count(item => item.Work.ProjectId == projectId);

    private OwnEvaluation? EvaluationFor(HeldWork work, string canonical)
    {
        if (work.GoldAnswer is not { } known) return null;
        var score = catalog.KnownProject(work.ProjectId)!.Form.ScoreGold(known, canonical);
        var (kind, weight) = work.Purpose switch
        {
            BatchPurpose.Training => (EvidenceKinds.Training, 0.0),
            BatchPurpose.Exam => (EvidenceKinds.Exam, 0.0),
            _ => (EvidenceKinds.Gold, 1.0),
        };

        // Only this grain makes the sequence of its worker, and only one that is committed is passed: so no later one can be without it.
        return new OwnEvaluation(Evidence.Of(_standings.Of(work.ProjectId).Sequence + 1, kind, score, weight), kind, score, weight, work.KnownVersion);
    }

    /// <summary>Why the answer is put before a reviewer with its commit; null when it is not.</summary>
    private ReviewCause? ReviewCauseFor(HeldWork work)
    {
        if (work.Purpose != BatchPurpose.Work) return null;
        if (IsInForce(work.ProjectId, QualityAction.AskReviewer)) return ReviewCause.Rule;
        var share = QualityOf(work.ProjectId).Review.SampleShare;
        return share > 0 && GoldDraw.IsGold(goldKey.Bytes, work.AssignmentId, 0, share) ? ReviewCause.Sampled : null;
    }

    /// <summary>Training always is, a question of an exam never, gold where the policy says so.</summary>
    private bool IsTold(HeldWork work, OwnEvaluation evaluation) => evaluation.IsTraining || (!evaluation.IsExam && !GoldSecrecy.Hides(QualityOf(work.ProjectId).Gold));

    private AnswerFeedback? FeedbackFor(HeldWork work, OwnEvaluation? evaluation)
    {
        if (evaluation is null || !IsTold(work, evaluation)) return null;
        var form = catalog.KnownProject(work.ProjectId)!.Form;
        return new AnswerFeedback
        {
            Score = evaluation.Score,
            Accepted = new JsonText(KnownAnswers.Present(form, work.Content, work.Presentation, work.GoldAnswer!)),
            Reason = KnownAnswers.ReasonOf(work.GoldAnswer!),
            Source = evaluation.IsTraining ? null : $"{EvidenceKinds.Gold}:{work.AssignmentId:D}",
            IsTraining = evaluation.IsTraining,
        };
    }
}
