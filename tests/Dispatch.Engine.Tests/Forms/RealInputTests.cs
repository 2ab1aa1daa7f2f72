using System.Text.Json;
using Dispatch.TestKit;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Real conversations with replies that people ranked (see the shared folder's SOURCES.md).</summary>
public sealed class RealInputTests
{
    [SharedDataFact]
    public void OasstRanks_BecomeTheKnownAnswer_AndScoreItselfWhole()
    {
        var form = Ranked("""{"ties":true}""", """{"id":"task_id","prompt":"conversation","responses":"responses","text":"text","rank":"human_rank"}""");
        var lines = File.ReadLines(Path.Combine(Repository.SharedData!, "oasst_preference_tasks.jsonl")).ToList();
        lines.Count.ShouldBe(212);
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            var bound = form.Bind(document.RootElement);
            bound.Refusal.ShouldBeNull();

            // The file lists replies in the order of their rank.
            var ranks = document.RootElement.GetProperty("responses").EnumerateArray().Select(reply => reply.GetProperty("human_rank").GetInt32()).ToList();
            form.ScoreGold(bound.KnownAnswer!, bound.KnownAnswer!).ShouldBe(1);
            using var known = JsonDocument.Parse(bound.KnownAnswer!);
            known.RootElement.GetProperty("ranking").GetArrayLength().ShouldBe(ranks.Distinct().Count());

            // What is shown holds neither ranks nor the ids of the replies.
            form.Present(bound.Content, [.. Enumerable.Range(0, 10).Reverse()]).ShouldNotContain("human_rank");
            form.ExportTraining("trl-preference", bound.Content, bound.KnownAnswer!).Count().ShouldBe(ranks.SelectMany((_, i) => ranks.Skip(i + 1).Where(other => other != ranks[i])).Count());
        }
    }
}
