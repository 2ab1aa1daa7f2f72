using System.Text.Json;
using Dispatch.Engine.Forms;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>A form that takes any answer: what answers say is not what a simulation is about.</summary>
internal sealed class SimForm : IAnswerForm, ICompiledForm
{
    public string FormType => "sim";

    public int ShuffledResponses => 0;

    public IReadOnlyList<string> ExportColumns => [];

    public FormCompilation Compile(JsonElement settings, JsonElement binding) => new(this, []);

    public LineBinding Bind(JsonElement line) => new();

    public string Present(string content, IReadOnlyList<int> presentation) => content;

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer) => new(answer, null);

    public double ScoreGold(string knownAnswer, string answer) => knownAnswer == answer ? 1 : 0;

    public IReadOnlyList<string?> ExportValues(string answer) => [];

    public IEnumerable<string> ExportTraining(string format, string content, string answer) => [];
}
