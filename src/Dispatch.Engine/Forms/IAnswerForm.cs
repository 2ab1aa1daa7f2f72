using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms;

/// <summary>
/// An answer form: what a task of it looks like, which answers fit, how gold is scored, what is exported. A new form is
/// one folder beside this file (and a widget of the same name in the console).
/// </summary>
public interface IAnswerForm
{
    /// <summary>Name on the wire: <c>preference</c>, <c>rating</c>, …</summary>
    string FormType { get; }

    /// <summary>Checks settings and binding and compiles them. All faults are reported at once.</summary>
    /// <param name="settings">The form's settings.</param>
    /// <param name="binding">The producer's field names.</param>
    FormCompilation Compile(JsonElement settings, JsonElement binding);
}

/// <summary>A form with the settings and the binding of one project. Immutable and safe to share.</summary>
public interface ICompiledForm
{
    /// <summary>Reads one imported line through the binding.</summary>
    /// <param name="line">The line, a JSON object.</param>
    LineBinding Bind(JsonElement line);

    /// <summary>
    /// How many responses are shuffled for each assignment; 0 when order means nothing. Known before the content is read, because the order is drawn before the
    /// commit that returns the content: where tasks differ, it is the most a task may have, and those that a task lacks are skipped (<see cref="OrderShown"/>).
    /// </summary>
    int ShuffledResponses { get; }

    /// <summary>The order in which the responses of this task were shown: the presentation without responses that the task does not have.</summary>
    /// <param name="content">Canonical content.</param>
    /// <param name="presentation">As drawn.</param>
    IReadOnlyList<int> OrderShown(string content, IReadOnlyList<int> presentation) => presentation;

    /// <summary>What the worker sees: the content with the responses in the order and under the keys of this assignment.</summary>
    /// <param name="content">Canonical content.</param>
    /// <param name="presentation">Position i shows canonical response presentation[i]; empty for canonical order.</param>
    string Present(string content, IReadOnlyList<int> presentation);

    /// <summary>Checks an answer and maps it to canonical response keys.</summary>
    /// <param name="content">Canonical content.</param>
    /// <param name="presentation">As shown.</param>
    /// <param name="answer">The answer, as the client sent it.</param>
    AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer);

    /// <summary>A canonical answer under the response keys of one assignment: the way back from <see cref="CheckAnswer"/>. The same text for forms whose answers name no response.</summary>
    /// <param name="content">Canonical content.</param>
    /// <param name="presentation">As shown; empty for canonical order.</param>
    /// <param name="answer">Canonical answer.</param>
    string PresentAnswer(string content, IReadOnlyList<int> presentation, string answer) => answer;

    /// <summary>Scores a canonical answer against the known answer, in [0,1]. Where several answers are accepted, the nearest of them counts.</summary>
    /// <param name="knownAnswer">Canonical known answer: one answer, or <c>{"accepted":[…]}</c>.</param>
    /// <param name="answer">Canonical answer.</param>
    double ScoreGold(string knownAnswer, string answer);

    /// <summary>
    /// Known answers as somebody sent them in canonical shape (one answer, or <c>{"accepted":[…],"reason"}</c>), read anew against the content of their task: null when one does not
    /// fit it. What is not known to be right (strength, comments, the reason of whoever gave the answer) is left out, and asked of nobody.
    /// </summary>
    /// <param name="content">Canonical content of the task.</param>
    /// <param name="known">The known answers.</param>
    string? ReadKnown(string content, string known);

    /// <summary>What a known answer means, in words for whoever imported it.</summary>
    /// <param name="known">Canonical known answer: one answer, or <c>{"accepted":[…]}</c>.</param>
    string DescribeKnown(string known) => QuotedText.Of(known);

    /// <summary>What answers of this form say as numbers, in the order of <see cref="ValuesOf"/>; none where only <see cref="AgreementOf"/> compares them.</summary>
    IReadOnlyList<AnswerScale> Scales => [];

    /// <summary>The value of an answer on each of <see cref="Scales"/>; null where it says nothing on a scale.</summary>
    /// <param name="answer">Canonical answer.</param>
    IReadOnlyList<double?> ValuesOf(string answer) => [];

    /// <summary>How many labels <see cref="VoteOf"/> can give (K of consensus models); 0 when it gives none.</summary>
    int VoteOptions => 0;

    /// <summary>The label an answer votes for, where an answer is one of few labels; null for forms whose answers are not.</summary>
    /// <param name="answer">Canonical answer.</param>
    string? VoteOf(string answer) => null;

    /// <summary>How much two answers to one task agree, in [0,1]; symmetric, and 1 for an answer with itself.</summary>
    /// <param name="first">Canonical answer.</param>
    /// <param name="second">Canonical answer to the same task.</param>
    double AgreementOf(string first, string second) => first == second ? 1 : 0;

    /// <summary>How far apart two answers are, for agreement figures of forms without <see cref="Scales"/>; null where scales say it.</summary>
    AnswerDistance? Distance => null;

    /// <summary>Whether <see cref="Aggregate"/> says anything.</summary>
    bool CanAggregate => false;

    /// <summary>What answers to one task say together, whatever their order; null when there are none, or the form cannot say.</summary>
    /// <param name="answers">Canonical answers to one task.</param>
    AggregateAnswer? Aggregate(IReadOnlyList<string> answers) => null;

    /// <summary>Columns that this form adds to a flat export, in order.</summary>
    IReadOnlyList<string> ExportColumns { get; }

    /// <summary>Values of those columns for one answer.</summary>
    /// <param name="answer">Canonical answer.</param>
    IReadOnlyList<string?> ExportValues(string answer);

    /// <summary>Training formats that <see cref="ExportTraining"/> can make of this form; none unless a form says so.</summary>
    IReadOnlyList<string> ExportFormats => [];

    /// <summary>Lines of a training format made from one judged task, or none when the format does not fit the form. Formats: <c>trl-preference</c>, <c>trl-unpaired</c>, <c>trl-stepwise</c>.</summary>
    /// <param name="format">Name of the format.</param>
    /// <param name="content">Canonical content.</param>
    /// <param name="answer">Canonical answer.</param>
    /// <param name="shape">How the lines are written; the same for all lines of a file.</param>
    IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask);

    /// <summary>
    /// A canonical answer as it is exported: the same members of the same types for every answer of this form, so that a reader finds one type a column. The same text for forms whose answers have
    /// that shape anyway.
    /// </summary>
    /// <param name="answer">Canonical answer.</param>
    string ExportAnswer(string answer) => answer;

    /// <summary>Whether a task's prompt is a conversation: more than one turn, or one that is not the user's. Such a prompt is no plain text.</summary>
    /// <param name="content">Canonical content.</param>
    bool IsConversation(string content) => TrainingFormats.IsConversation(content);
}

/// <summary>Result of compiling a form.</summary>
/// <param name="Form">The form; null when refused.</param>
/// <param name="Refusals">Every fault found; empty when compiled.</param>
public sealed record FormCompilation(ICompiledForm? Form, IReadOnlyList<Refusal> Refusals);

/// <summary>One imported line, read.</summary>
public sealed record LineBinding
{
    /// <summary>Null when the line fits.</summary>
    public Refusal? Refusal { get; init; }
    /// <summary>The producer's key.</summary>
    public string Key { get; init; } = "";
    /// <summary>Canonical content (JSON).</summary>
    public string Content { get; init; } = "";
    /// <summary>Canonical known answer (JSON), if the line has one.</summary>
    public string? KnownAnswer { get; init; }
    /// <summary>The known answer as the line has it, fit to be quoted; null without one.</summary>
    public string? KnownAsSent { get; init; }
    /// <summary>The line has no id of its own: <see cref="Key"/> is a hash of the content.</summary>
    public bool HasGeneratedKey { get; init; }
    /// <summary>What whoever imports should know of the line, though it was taken.</summary>
    public IReadOnlyList<LineNote> Notes { get; init; } = [];
    /// <summary>Why the known answer is right, for whoever was judged by it; null when the line does not say.</summary>
    public string? Explanation { get; init; }
    /// <summary>Overlap of its own, if bound and present.</summary>
    public int? Overlap { get; init; }
    /// <summary>Priority of its own, if bound and present.</summary>
    public int? Priority { get; init; }
}

/// <summary>Result of checking an answer.</summary>
/// <param name="Canonical">The answer in canonical response keys (JSON); null when refused.</param>
/// <param name="Refusal">Why not; null when it fits.</param>
public readonly record struct AnswerCheck(string? Canonical, Refusal? Refusal);
