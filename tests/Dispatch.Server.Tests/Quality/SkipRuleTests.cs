using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Quality;

/// <summary>Who only hands work back is judged by the rule on skips: no answer of theirs would ever bring it up.</summary>
public sealed class SkipRuleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OnlyHandsBack_IsJudgedWithoutAnAnswer()
    {
        await using var server = await ServerHarness.StartAsync();
        var rule = new QualityRule { Name = "skips", Collector = QualityCollector.Skips, AtLeast = 0.6, Window = 3, Action = QualityAction.AttentionFlag };
        var project = await server.Api.CreateProjectAsync(Requests.Preference("skipped") with { Quality = new QualityPolicy { Rules = [rule] } });
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
        await server.Api.ImportAsync(batch, Requests.Lines(5));
        await server.Api.ChangeBatchAsync(batch, "open");
        await using var worker = await server.ConnectAsync("skipper", project);
        var me = worker.Snapshot!.WorkerId;
        await worker.SetActivityAsync(Activity.Available);

        for (var i = 0; i < 3; i++)
        {
            (await server.Api.ListRestrictionsAsync(me)).ShouldBeEmpty();
            (await worker.ReturnAsync(await worker.NextAsync(Patience), "not mine")).Refusal.ShouldBeNull();
        }

        await Eventually.TrueAsync(async () => (await server.Api.ListRestrictionsAsync(me)).Count == 1, Patience, "the rule");
        (await server.Api.ListRestrictionsAsync(me)).ShouldHaveSingleItem().Reason.ShouldStartWith("Of your last 3 tasks, 3 were handed back or declined.");
    }
}
