using System.Text.Json;
using Dispatch.Engine.Forms;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>A form that takes any text: its first letter, a to c, is what it says, and the rest tells one answer from another.</summary>
internal sealed class SimForm : IAnswerForm, ICompiledForm
{
    public const string Letters = "abc";

    public string FormType => "sim";

    public int ShuffledResponses => 0;

    public IReadOnlyList<AnswerScale> Scales { get; } = [new AnswerScale("letter", ScaleLevel.Nominal, 0, Letters.Length)];

    public int VoteOptions => Letters.Length;

    public IReadOnlyList<string> ExportColumns => [];

    public FormCompilation Compile(JsonElement settings, JsonElement binding) => new(this, []);

    public LineBinding Bind(JsonElement line) => new();

    public string Present(string content, IReadOnlyList<int> presentation) => content;

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer) => new(answer, null);

    public string? ReadKnown(string content, string known) => known;

    public double ScoreGold(string knownAnswer, string answer) => Letter(knownAnswer) == Letter(answer) ? 1 : 0;

    public IReadOnlyList<double?> ValuesOf(string answer) => [Letters.IndexOf(Letter(answer))];

    public string? VoteOf(string answer) => Letter(answer).ToString();

    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        var votes = answers.GroupBy(Letter).OrderByDescending(votes => votes.Count()).ThenBy(votes => votes.Key).ToArray();
        return votes.Length == 0 ? null : new AggregateAnswer
        {
            Answer = $"\"{votes[0].Key}\"",
            Confidence = votes[0].Count() / (double)answers.Count,
            Method = "majority",
            Answers = answers.Count,
            IsTied = votes.Length > 1 && votes[0].Count() == votes[1].Count(),
        };
    }

    public IReadOnlyList<string?> ExportValues(string answer) => [];

    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask) => [];

    private static char Letter(string answer) => answer[1];
}
