using System.Text.Json;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Demo;

/// <summary>Demo projects of the forms beyond pairs and ratings.</summary>
internal static class DemoForms
{
    private const string RankingBinding = """{"id":"id","prompt":"prompt","responses":"answers","context":["topic"]}""";
    private const string ChoiceSettings = """
        {"question":"What does this customer want? Choose all that apply.","multiple":true,"options":[
          {"key":"question","label":"An answer to a question"},
          {"key":"fix","label":"Something put right (late, lost, broken, wrong, does not work)"},
          {"key":"money","label":"Money back, or a charge explained"},
          {"key":"account","label":"A change to an account, an order or their data"},
          {"key":"safety","label":"To warn of a danger: hurt, fraud, fire"},
          {"key":"kind","label":"To say thank you"},
          {"key":"unclear","label":"It cannot be told"}]}
        """;

    private const string ChoiceBinding = """{"id":"id","prompt":"message"}""";
    private const string CorrectionSettings = """{"question":"Correct the answer: what is wrong in fact, and what is wrong in language.","reason":"optional"}""";
    private const string CorrectionBinding = """{"id":"id","prompt":"prompt","text":"text","context":["topic"]}""";
    private const string SpansSettings = """
        {"question":"Mark the steps, or the parts of them, that are wrong.","types":[{"name":"reasoning","label":"Wrong reasoning"},{"name":"arithmetic","label":"Wrong number"},{"name":"follows","label":"Wrong only because of an earlier step"}],
         "severities":["minor","major"],"comment":"optional"}
        """;

    private const string SpansBinding = """{"id":"id","prompt":"prompt","steps":"steps","context":["topic"]}""";

    public static async Task<IReadOnlyList<Guid>> SeedAsync(IDispatchStore store, FormCatalog forms, IIdSource ids, IReadOnlyList<DemoItem> questions)
    {
        var ranking = await DemoWork.ProjectAsync(store, ids, "Put the answers in order", "ranking", "{}", RankingBinding, RankingInstructions);
        var choice = await DemoWork.ProjectAsync(store, ids, "What does the customer want?", "choice", ChoiceSettings, ChoiceBinding, ChoiceInstructions);
        var correction = await DemoWork.ProjectAsync(store, ids, "Put the answer right", "correction", CorrectionSettings, CorrectionBinding, CorrectionInstructions);
        var spans = await DemoWork.ProjectAsync(store, ids, "Find the wrong step", "spans", SpansSettings, SpansBinding, SpansInstructions);
        await DemoWork.BatchAsync(store, forms, ids, ranking, "Everyday questions, all answers", overlap: 3, questions.Select(item => JsonSerializer.Serialize(new { id = item.Id, topic = item.Topic, prompt = item.Prompt, answers = item.Answers })));
        await DemoWork.BatchAsync(store, forms, ids, choice, "Messages to a shop", overlap: 3, DemoItem.All("demo-choices.md").Select(item => JsonSerializer.Serialize(new { id = item.Id, message = item.Prompt })));
        await DemoWork.BatchAsync(store, forms, ids, correction, "Answers with mistakes", overlap: 2, DemoItem.All("demo-corrections.md").Select(item => JsonSerializer.Serialize(new { id = item.Id, topic = item.Topic, prompt = item.Prompt, text = item.Answers[0] })));
        await DemoWork.BatchAsync(store, forms, ids, spans, "Solutions in steps", overlap: 3, DemoItem.All("demo-steps.md").Select(item => JsonSerializer.Serialize(new { id = item.Id, topic = item.Topic, prompt = item.Prompt, steps = item.Answers })));
        return [ranking.ProjectId, choice.ProjectId, correction.ProjectId, spans.ProjectId];
    }

    private const string RankingInstructions = """
        # Put the answers in order

        Read the question and all answers. Press the numbers of the answers from the **most helpful** to the least.

        - Ask of each: if this were the only answer they got, how well would they be served?
        - An answer that could do harm goes last, however well it is written.
        - Between two that are equally right, the shorter one goes first.
        """;

    private const string ChoiceInstructions = """
        # What does the customer want?

        Choose **everything** the message asks for, and nothing that it merely mentions.

        - An angry tone is not a wish of its own: choose what would make it right.
        - A message may want two things. *"I was charged twice, and how do I close my account?"* wants money back and a change.
        """;

    private const string CorrectionInstructions = """
        # Put the answer right

        Change as little as is needed, and as much as is needed.

        - **Facts** first: a wrong year, a wrong direction, advice that would hurt somebody.
        - Then language: spelling, grammar, words that mean something else.
        - Leave the tone alone. A good sentence that you would have written differently is a good sentence.
        """;

    private const string SpansInstructions = """
        # Find the wrong step

        Read the question, and follow the solution step by step. Mark the words that are wrong.

        - **Wrong reasoning**: the step does not follow, or answers another question.
        - **Wrong number**: the idea is right, and the calculation is not.
        - **Wrong only because of an earlier step**: it would be right if what came before were.

        Some solutions are right from the first word to the last: say so with N.
        """;
}
