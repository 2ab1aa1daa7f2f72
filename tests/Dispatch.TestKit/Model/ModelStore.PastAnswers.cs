using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Answers of the past, and the forms they were given under.</summary>
public sealed partial class ModelStore
{
    private readonly Dictionary<Guid, SortedList<int, ProjectForm>> _forms = [];

    private void KeepForm(ProjectRecord project)
    {
        var form = new ProjectForm(project.FormType, project.FormSettings, project.Binding);
        if (!_forms.TryGetValue(project.ProjectId, out var forms)) _forms.Add(project.ProjectId, forms = []);
        if (forms.Count == 0 || forms.Values[^1] != form) forms.Add(project.Version, form);
    }

    public Task<ProjectForm?> GetFormAsync(Guid projectId, int version, CancellationToken cancellation)
    {
        if (!_forms.TryGetValue(projectId, out var forms)) return Task.FromResult<ProjectForm?>(null);
        return Task.FromResult<ProjectForm?>(forms.LastOrDefault(form => form.Key <= version, forms.First()).Value);
    }

    public Task<Page<PastAnswerRow>> ListPastAnswersAsync(Guid workerId, Guid? projectId, PageCursor? from, int limit, int walk, CancellationToken cancellation)
    {
        var before = from is { } cursor ? long.Parse(cursor.Value, System.Globalization.CultureInfo.InvariantCulture) : long.MaxValue;
        var length = AnswerWalk.Length(projectId, limit, walk);
        ModelAnswer[] walked = [.. AnswersOf(workerId).Where(answer => answer.AnswerId < before).OrderByDescending(answer => answer.AnswerId).Take(length)];
        var (ids, next) = AnswerWalk.Page([.. walked.Select(answer => (answer.AnswerId, ProjectOf(answer)))], projectId, limit, length);
        return Task.FromResult(new Page<PastAnswerRow>([.. walked.Where(answer => ids.Contains(answer.AnswerId)).Select(PastAnswer)], next));
    }

    public Task<PastAnswerRow?> FindPastAnswerAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation) =>
        Task.FromResult(AnswersOf(workerId).FirstOrDefault(answer => answer.Assignment.AssignmentId == assignmentId) is { } answer ? PastAnswer(answer) : null);

    private PastAnswerRow PastAnswer(ModelAnswer answer)
    {
        var held = answer.Assignment;
        EvaluationRow[] rows = [.. Rows(held.WorkerId)];
        return new PastAnswerRow
        {
            AnswerId = answer.AnswerId,
            AssignmentId = held.AssignmentId,
            WorkerId = held.WorkerId,
            ProjectId = ProjectOf(answer),
            ProjectVersion = answer.ProjectVersion,
            Purpose = _batches[held.Task.BatchId].Record.Purpose,
            Content = held.Task.Content,
            Presentation = held.Presentation,
            Answer = answer.Answer,
            Counted = answer.Counted,
            State = held.State,
            SubmittedAt = answer.SubmittedAt,
            Handling = answer.Handling,
            GoldAnswer = held.Task.IsGold ? held.Task.KnownAnswer : null,
            TakenOut = answer.TakenOut,
            Reviews =
            [
                .. _reviews.Where(review => review.Asked.AssignmentId == held.AssignmentId && review.Decision is not null).OrderBy(review => review.Asked.Pass)
                    .Select(review => new ReviewWord(held.AssignmentId, review.Asked.Pass, review.Decision!.Verdict, review.Decision.Score, review.Decision.FixedAnswer, review.Decision.Note, review.DecidedAt!.Value)),
            ],
            Evaluations =
            [
                .. rows.Where(row => row.AssignmentId == held.AssignmentId && (row.Kind == EvidenceKinds.Gold || EvidenceSources.OfAnswer(held.AssignmentId).Contains(row.Source))).OrderBy(row => row.Sequence)
                    .Select(row => new PastEvaluation(row, rows.Any(mask => mask.ProjectId == row.ProjectId && mask.Masks == row.Sequence), _disputes.Find(dispute => dispute.WorkerId == row.WorkerId && dispute.Source == row.Source))),
            ],
        };
    }
}
