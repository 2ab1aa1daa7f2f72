using Dispatch.LoadTests.Reports;

namespace Dispatch.LoadTests.Tests;

/// <summary>Thresholds: what they may be, and what keeps them.</summary>
public class RequirementTests
{
    [Theory]
    [InlineData("p99<200ms", "p99", "<", 200)]
    [InlineData("p99 <= 0.2s", "p99", "<=", 200)]
    [InlineData("P99.9<1.5 s", "p99.9", "<", 1500)]
    [InlineData("max<2min", "max", "<", 120_000)]
    [InlineData("rate>=600/min", "rate", ">=", 10)]
    [InlineData("failed<1%", "failed", "<", 0.01)]
    [InlineData("idle<0.2", "idle", "<", 0.2)]
    [InlineData("refused==0", "refused", "=", 0)]
    [InlineData("first-task-p95<2s", "first-task-p95", "<", 2000)]
    public void Threshold_is_read_with_its_unit(string text, string metric, string comparison, double value)
    {
        var read = Requirement.Parse(text);
        (read.Metric.Name, read.Operator).ShouldBe((metric, comparison));
        read.Value.ShouldBe(value, 1e-9);
    }

    [Theory]
    [InlineData("p98<200ms", "there is no metric 'p98'", "p99.9, max, push-p50")]
    [InlineData("latency<200", "there is no metric 'latency'", "p50, p90")]
    [InlineData("p99<200%", "not given in '%'", "us, ms, s, min")]
    [InlineData("p99<200 potatoes", "not given in 'potatoes'", "us, ms")]
    [InlineData("rate>5ms", "not given in 'ms'", "/s, /min")]
    [InlineData("failed<5", "a share of at most 1", "5%")]
    [InlineData("p99", "METRIC OPERATOR VALUE", "<, <=, >, >=, =")]
    [InlineData("p99!=3", "METRIC OPERATOR VALUE", "p99")]
    [InlineData("p99<1.2.3", "is no number", "1.2.3")]
    [InlineData("", "METRIC OPERATOR VALUE", "p50")]
    public void What_is_no_threshold_is_refused_with_what_may_be_said(string text, string why, string help)
    {
        var refused = Should.Throw<ArgumentException>(() => Requirement.Parse(text)).Message;
        refused.ShouldContain(why);
        refused.ShouldContain(help);
    }

    [Theory]
    [InlineData("p99<11ms", true)]
    [InlineData("p99<10ms", false)]
    [InlineData("p99<=10ms", true)]
    [InlineData("p99=10ms", true)]
    [InlineData("rate>=10", true)]
    [InlineData("rate>10", false)]
    [InlineData("failed<=1%", false)]
    [InlineData("failed<2%", false)]
    [InlineData("failed<=2%", true)]
    [InlineData("idle<26%", true)]
    [InlineData("idle<25%", false)]
    [InlineData("refused=3", true)]
    [InlineData("answers>=98", true)]
    public void Measurement_keeps_it_or_not(string text, bool keeps)
    {
        var m = Samples.Measurement() with { Failures = 2, Experience = Samples.Experience with { Answers = 98, Refused = new Dictionary<string, int> { ["busy"] = 3 } } };
        Requirement.Parse(text).Judge(m).Met.ShouldBe(keeps);
    }

    [Theory]
    [InlineData("p99<200ms")]
    [InlineData("push-p99<200ms")]
    [InlineData("first-task-p95<5s")]
    [InlineData("cpu<5ms")]
    [InlineData("spammers-found>0%")]
    [InlineData("recovered<5s")]
    public void What_was_not_measured_keeps_nothing(string text)
    {
        var nothing = Samples.Measurement() with { Latency = Samples.None, CpuMsPerCycle = null, Experience = Samples.Experience with { FirstTask = null } };
        Requirement.Parse(text).Judge(nothing).ShouldBe((false, "not measured"));
    }

    [Fact]
    public void Every_metric_is_in_the_help_and_can_be_asked_for()
    {
        foreach (var metric in Metric.All)
        {
            Metric.Help.ShouldContain(metric.Name);
            Requirement.Parse($"{metric.Name}>=0").Metric.ShouldBe(metric);
        }
    }
}
