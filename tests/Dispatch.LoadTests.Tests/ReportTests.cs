using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Tests;

/// <summary>What the report says of a run, and what it must not pretend.</summary>
public class ReportTests
{
    private static readonly Scenario Day = new() { Name = "day", Seconds = 10, People = new PeopleSpec { DaySeconds = 60 } };

    public static TheoryData<string, string> Silences => new()
    {
        { "nobody", "nobody had arrived: people come over a day of 60 s (people.day-seconds), and the measurement took 10 s" },
        { "refused", "every answer was refused: not_enrolled 3, busy 1" },
        { "nothing", "nothing was open: 4 people waited and none was given a task (its batches: 1 draft)" },
        { "broken", "no call came through: IOException: gone 2" },
        { "slow", "4 people had a task and none was done with it within the 10 s of the measurement: measure longer, or raise the rate or people.speed" },
    };

    [Theory]
    [MemberData(nameof(Silences))]
    public void Run_without_answers_says_why(string kind, string why)
    {
        var nobody = new Experience();
        var seen = kind switch
        {
            "refused" => nobody with { Arrived = 4, Served = 4, Refused = new Dictionary<string, int> { ["busy"] = 1, ["not_enrolled"] = 3 } },
            "nothing" => nobody with { Arrived = 4 },
            "broken" => nobody with { Arrived = 4, Broken = new Dictionary<string, int> { ["IOException: gone"] = 2 } },
            "slow" => nobody with { Arrived = 4, Served = 4 },
            _ => nobody,
        };
        Silence.Why(seen, Day, "its batches: 1 draft").ShouldBe(why);
        Silence.Why(seen with { Answers = 1 }, Day, null).ShouldBeNull();
    }

    [Fact]
    public void Silent_measurement_fails_the_run_and_heads_the_page()
    {
        var report = Samples.Report(Samples.Measurement() with { Silent = "nobody had arrived" });
        List<string> said = [];
        Outcome.Judge(report, [], said.Add).ShouldBe(1);
        said.ShouldBe(["Nobody answered on server at here:1 (round 1): nobody had arrived."]);
        Sentence.Of(report).ShouldBe("Nobody answered on server at here:1: nobody had arrived.");
        Outcome.Judge(Samples.Report(Samples.Measurement()), [], said.Add).ShouldBe(0);
    }

    [Fact]
    public void One_silent_subject_beside_one_that_answers_fails_the_run() =>
        Outcome.Judge(Samples.Report(Samples.Measurement(), Samples.Measurement("echo") with { Silent = "nothing was open" }), [], _ => { }).ShouldBe(1);

    [Fact]
    public void Run_in_which_nothing_was_measured_fails()
    {
        List<string> said = [];
        Outcome.Judge(Samples.Report() with { Left = ["rabbitmq: not installed"] }, [], said.Add).ShouldBe(1);
        said.ShouldBe(["Nothing was measured: rabbitmq: not installed."]);
    }

    [Fact]
    public void One_requirement_that_is_short_fails_the_run()
    {
        var report = Samples.Report(Samples.Measurement());
        Outcome.Judge(report, [Requirement.Parse("p99<11ms"), Requirement.Parse("rate>=10")], _ => { }).ShouldBe(0);
        Outcome.Judge(report, [Requirement.Parse("p99<11ms"), Requirement.Parse("rate>=11")], _ => { }).ShouldBe(1);
    }

    [Fact]
    public void Baseline_beside_dispatch_has_nothing_to_keep()
    {
        var slow = Samples.Measurement("echo") with { PerSecond = 1 };
        Outcome.Judge(Samples.Report(Samples.Measurement("postgresql"), slow), [Requirement.Parse("rate>=10")], _ => { }).ShouldBe(0);
        Outcome.Judge(Samples.Report(slow), [Requirement.Parse("rate>=10")], _ => { }).ShouldBe(1);
    }

    [Fact]
    public void Sentence_tells_what_the_run_showed() =>
        Sentence.Of(Samples.Report(Samples.Measurement())).ShouldBe(
            "server at here:1 took 100 answers by 5 people in 10 s, 10 a second, half of them done within 10 ms and 99 of 100 within 10 ms, none failed.");

    [Fact]
    public void Page_opens_with_the_sentence_and_leaves_blank_what_was_not_measured()
    {
        var page = HtmlReport.Make(Samples.Report(Samples.Measurement(seconds: [Samples.Second(1, 5), Samples.Second(2, 5)])));
        page.ShouldContain("took 100 answers");
        page.IndexOf("took 100 answers", StringComparison.Ordinal).ShouldBeLessThan(page.IndexOf("<table>", StringComparison.Ordinal));
        page.ShouldContain("<h2>What people experienced</h2>");
        page.ShouldContain("<td>–</td>");
        page.ShouldNotContain("0.000");
    }

    [Fact]
    public void Silence_is_a_gap_in_the_line_not_a_latency()
    {
        var page = HtmlReport.Make(Samples.Report(Samples.Measurement(seconds: [Samples.Second(1, 5), Samples.Second(2, 5), Samples.Second(3, 0), Samples.Second(4, 5), Samples.Second(5, 5)])));
        page.ShouldNotContain(">0.01<");
        var plot = SvgPlot.Make("s", [new Series("a", [(1, 10), (2, 10), (3, double.NaN), (4, 10), (5, 10)])], logarithmic: true);
        plot.Split("<polyline").Length.ShouldBe(3);
        SvgPlot.Make("s", [new Series("a", [(1, 0), (2, double.NaN)])], logarithmic: true).ShouldContain("nothing was recorded");
        SvgPlot.Make("s", [new Series("a", [(1, double.NaN), (2, 10), (3, double.NaN)])], logarithmic: true).ShouldContain("<circle");
    }

    [Fact]
    public void What_happened_is_marked_in_the_plot()
    {
        var measured = Samples.Measurement(seconds: [Samples.Second(1, 5), Samples.Second(9, 5)]) with { Marks = [new Mark(4, "golden batch opened"), new Mark(6, "server <killed>")] };
        var page = HtmlReport.Make(Samples.Report(measured));
        page.ShouldContain("class=\"mark\"");
        page.ShouldContain("golden batch opened");
        page.ShouldContain("server &lt;killed&gt;");
    }
}
