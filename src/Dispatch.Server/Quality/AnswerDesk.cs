using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Quality;

/// <summary>Past answers with their tasks, for those who gave them and for those who decide about them.</summary>
public sealed class AnswerDesk(IDispatchStore store, FormCatalog forms)
{
    /// <summary>Answers walked over for one page of one project: some milliseconds, whatever lies between.</summary>
    private const int Walk = 2_000;

    private static Refusal NotYours { get; } = new()
    {
        Code = RefusalCode.UnknownAssignment,
        Message = "There is no answer of yours by that assignment.",
        Remedy = "Take the id from the list of your answers.",
        Place = "assignmentId",
    };

    /// <summary>A page of a worker's answers.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="cursor">Next of the page before; null for the first.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<AnswerPage> ListAsync(Guid workerId, Guid? projectId, string? cursor, CancellationToken cancellation)
    {
        var list = $"answers {workerId} {projectId}";
        PageCursor? from;
        try
        {
            from = PageCursors.Read(list, cursor);
        }
        catch (RefusedException refused)
        {
            return new AnswerPage { Refusal = refused.Refusal };
        }

        var page = await store.ListPastAnswersAsync(workerId, projectId, from, Limits.AnswersPerPage, Walk, cancellation);
        var drawing = new Drawing(store, forms);
        List<AnswerView> answers = [];
        var (characters, next) = (0L, page.Next);
        foreach (var row in page.Items)
        {
            if (answers.Count > 0 && characters + row.Content.Length + row.Answer.Length > Limits.AnswersPageCharacters)
            {
                next = AnswerWalk.At(page.Items[answers.Count - 1].AnswerId);
                break;
            }

            answers.Add(await drawing.ViewAsync(row, cancellation));
            characters += row.Content.Length + row.Answer.Length;
        }

        return new AnswerPage { Answers = answers, Next = PageCursors.Write(list, next) };
    }

    /// <summary>One answer of a worker.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="assignmentId">Its assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<AnswerResult> FindAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation) =>
        await store.FindPastAnswerAsync(workerId, assignmentId, cancellation) is { } row
            ? new AnswerResult { Answer = await new Drawing(store, forms).ViewAsync(row, cancellation) }
            : new AnswerResult { Refusal = NotYours };

    /// <summary>An answer for whoever decides about it: as its author sees it, and with all that the author may not be told. Null when there is none.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="assignmentId">Its assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<JudgedAnswer?> ReadAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation)
    {
        if (await store.FindPastAnswerAsync(workerId, assignmentId, cancellation) is not { } row) return null;
        var drawing = new Drawing(store, forms);
        var known = row.GoldAnswer is null ? null : await drawing.KnownAsync(row, cancellation);
        return new JudgedAnswer(await drawing.ViewAsync(row, cancellation), known, row.GoldAnswer is { } gold ? KnownAnswers.ReasonOf(gold) : null, row.Evaluations);
    }

    /// <summary>Draws the answers of one request: each form is read and compiled once.</summary>
    private sealed class Drawing(IDispatchStore store, FormCatalog forms)
    {
        private readonly Dictionary<(Guid Project, int Version), (ProjectForm Stored, ICompiledForm Compiled)> _forms = [];
        private readonly Dictionary<Guid, QualityPolicy> _policies = [];

        public async Task<AnswerView> ViewAsync(PastAnswerRow row, CancellationToken cancellation)
        {
            var (stored, form) = await FormAsync(row, cancellation);
            var policy = await PolicyAsync(row.ProjectId, cancellation);
            var accepted = row.GoldAnswer is { } known && ToldEvidence.AcceptedIsTold(row.Purpose, policy) ? known : null;
            JsonText Shown(string answer) => new(form.PresentAnswer(row.Content, row.Presentation, answer));
            return new AnswerView
            {
                AssignmentId = row.AssignmentId,
                ProjectId = row.ProjectId,
                FormType = stored.FormType,
                FormSettings = new JsonText(stored.Settings),
                Content = new JsonText(form.Present(row.Content, row.Presentation)),
                Answer = Shown(row.Answer),
                Fate = row.State == AssignmentState.Rejected ? AnswerFate.Rejected : row.Counted ? AnswerFate.Counted : AnswerFate.KeptAside,
                SubmittedAt = row.SubmittedAt,
                HandlingMs = (long)row.Handling.TotalMilliseconds,
                Accepted = accepted is null ? null : new JsonText(KnownAnswers.Present(form, row.Content, row.Presentation, accepted)),
                AcceptedReason = accepted is null ? null : KnownAnswers.ReasonOf(accepted),
                TakenOut = row.TakenOut,
                Reviews = [.. row.Reviews.Select(word => new AnswerReview
                {
                    Pass = word.Pass,
                    Verdict = word.Verdict,
                    Text = ReviewSentences.Of(word.Verdict, word.Pass),
                    Note = word.Note,
                    Correction = word.FixedAnswer is { } corrected ? Shown(corrected) : null,
                    DecidedAt = word.DecidedAt,
                })],
                Judgements = [.. row.Evaluations.Where(evaluation => ToldEvidence.IsTold(evaluation.Row.Kind, policy)).Select(Judgement)],
            };
        }

        public async Task<JsonText> KnownAsync(PastAnswerRow row, CancellationToken cancellation)
        {
            var (_, form) = await FormAsync(row, cancellation);
            return new JsonText(KnownAnswers.Present(form, row.Content, row.Presentation, row.GoldAnswer!));
        }

        private static AnswerJudgement Judgement(PastEvaluation evaluation) => new()
        {
            Source = evaluation.Row.Source,
            Kind = evaluation.Row.Kind,
            Score = evaluation.Row.Score,
            Weight = evaluation.Row.Weight,
            At = evaluation.Row.CreatedAt,
            IsMasked = evaluation.IsMasked,
            Dispute = evaluation.Dispute is { } dispute ? StandingDesk.View(dispute) : null,
        };

        private async Task<(ProjectForm Stored, ICompiledForm Compiled)> FormAsync(PastAnswerRow row, CancellationToken cancellation)
        {
            if (_forms.TryGetValue((row.ProjectId, row.ProjectVersion), out var known)) return known;
            var stored = await store.GetFormAsync(row.ProjectId, row.ProjectVersion, cancellation) ?? throw new InvalidOperationException($"Project {row.ProjectId} has answers and no form.");
            var compiled = forms.Compile(stored.FormType, stored.Settings, stored.Binding).Form ?? throw new InvalidOperationException($"The stored form of project {row.ProjectId} does not compile; it was written by another version.");
            return _forms[(row.ProjectId, row.ProjectVersion)] = (stored, compiled);
        }

        private async Task<QualityPolicy> PolicyAsync(Guid projectId, CancellationToken cancellation)
        {
            if (_policies.TryGetValue(projectId, out var known)) return known;
            return _policies[projectId] = (await store.GetProjectAsync(projectId, cancellation))!.Quality;
        }
    }
}

/// <summary>A past answer with all that is known of it: never for its author.</summary>
/// <param name="Answer">As its author sees it.</param>
/// <param name="Known">What is accepted, under the same keys; null for a task that is not gold.</param>
/// <param name="KnownReason">Why that is right, where the known answer says so.</param>
/// <param name="Evaluations">How it was judged.</param>
public sealed record JudgedAnswer(AnswerView Answer, JsonText? Known, string? KnownReason, IReadOnlyList<PastEvaluation> Evaluations);
