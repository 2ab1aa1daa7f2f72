using Dispatch.Contracts.Api;
using Dispatch.TestKit;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>Real files (see the shared folder's SOURCES.md), imported unchanged through a binding.</summary>
public sealed class RealBindingTests(ApiHost host) : IClassFixture<ApiHost>
{
    [SharedDataFact]
    public Task OasstConversations_AreRankingTasks() =>
        ShouldImportAsync("oasst_preference_tasks.jsonl", 212, "ranking", """{"ties":true}""", """{"id":"task_id","prompt":"conversation","responses":"responses","text":"text","rank":"human_rank"}""");

    [SharedDataFact]
    public async Task VicunaAnswers_AreRatingChoiceAndCorrectionTasks()
    {
        foreach (var model in (string[])["vicuna", "alpaca", "llama"])
        {
            var file = $"vicuna_answer_{model}-13b.jsonl";
            await ShouldImportAsync(file, 80, "rating", """{"dimensions":[{"name":"helpfulness","min":1,"max":5}]}""", """{"id":"answer_id","response":"text"}""");
            await ShouldImportAsync(file, 80, "correction", "{}", """{"id":"answer_id","text":"text"}""");
        }

        await ShouldImportAsync("vicuna_answer_vicuna-13b.jsonl", 80, "spans", """{"types":["fact"]}""", """{"id":"answer_id","text":"text"}""");

        await ShouldImportAsync("vicuna_question.jsonl", 80, "choice", """{"options":["generic","knowledge","roleplay","common-sense","fermi","counterfactual","coding","math","writing"]}""", """{"id":"question_id","prompt":"text","known":"category"}""");
    }

    private async Task ShouldImportAsync(string file, int lines, string form, string settings, string binding)
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync(form, settings, binding));
        var import = await (await admin.ImportAsync(batch, await File.ReadAllTextAsync(Path.Combine(Repository.SharedData!, file)))).ReadAsync<ImportDto>();
        (import.Accepted, import.Refused).ShouldBe((lines, 0), $"{file} as {form}");
    }
}
