using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;
using static Dispatch.Engine.Tests.Standing.GateSamples;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>What a worker reads.</summary>
public sealed class GateExplanationTests
{
    private static readonly GatePolicy Usual = new() { Evidence = new() { Enter = 15 }, Accuracy = new() { Threshold = 0.75 }, DwellAnswers = 0 };

    [Fact]
    public void Rounded_OneMoreGold_ChangesNoWordAndNoNumber()
    {
        var gate = Gate.From(Usual with { Evidence = new() { Enter = 100 } });
        var before = Rounded(Figures(30, 2));
        var after = Rounded(Figures(31, 2));
        System.Text.Json.JsonSerializer.Serialize(after).ShouldBe(System.Text.Json.JsonSerializer.Serialize(before));
        (before.CorrectGoldsToPass % 5).ShouldBe(0);
        before.Clauses.Select(clause => clause.Counted).ShouldAllBe(counted => !counted.Any(char.IsDigit) || counted.Contains("every 20 answers", StringComparison.Ordinal));

        Contracts.Worker.GateView Rounded(StandingFigures figures) => GateExplanation.Explain(gate, new GateInputs { Figures = figures, At = Now }, Worker(7), "Golden", rounded: true);
    }

    private static Contracts.Worker.GateView Explain(GatePolicy policy, StandingFigures figures, Func<GateInputs, GateInputs>? more = null)
    {
        var inputs = new GateInputs { Figures = figures, At = Now };
        return GateExplanation.Explain(Gate.From(policy), more?.Invoke(inputs) ?? inputs, Worker(7), "Golden");
    }

    [Fact]
    public void ALittleShort_SaysHowManyGolds()
    {
        var view = Explain(Usual, Figures(13, 0));

        view.Summary.ShouldBe("Not yet: evidence about your work. Two more correct golds would open it.");
        view.CorrectGoldsToPass.ShouldBe(2);
        var clause = view.Clauses[0];
        (clause.Needed, clause.Actual, clause.Remedy, clause.Margin).ShouldBe(("worth at least 15 golds", "worth 13 golds", "Two more correct golds.", -2));
        clause.Counted.ShouldBe("13 golds, 0 reviews and 0 agreements with others, up to evaluation 13");
        view.Clauses[1].Passes.ShouldBeTrue();
        view.Clauses[1].Remedy.ShouldBeNull();
    }

    [Fact]
    public void FarAway_PromisesNothing()
    {
        var view = Explain(Usual with { Accuracy = new() { Threshold = 0.95 } }, Figures(10, 30));
        view.CorrectGoldsToPass.ShouldBeNull();
        view.Clauses[1].Remedy.ShouldBe("More than 100 correct golds, or a change of the gate.");
    }

    [Fact]
    public void ABarMissedByLittle_IsNotShownAsMet()
    {
        var view = Explain(Usual with { Accuracy = new() { Threshold = 0.75, Probability = 0.999 } }, Figures(22, 0));
        view.Clauses[1].Passes.ShouldBeFalse();
        (view.Clauses[1].Needed, view.Clauses[1].Actual).ShouldBe(("certain by at least 99.9 %", "certain by 99.8 %"));
    }

    [Fact]
    public void HandlingTime_ThePromisedMedianPasses()
    {
        var policy = Usual with { HandlingTime = new() { RatioMax = 1.5 } };
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(9, 0, worker: 2) with { MedianSeconds = 20 });
        var reading = new BoardReading(board.Publish(Now, []), TimeSpan.Zero);
        var slow = Figures(29, 0) with { TimedAnswers = 20, MedianSeconds = 31 };

        var view = Explain(policy, slow, inputs => inputs with { Board = reading });
        view.Clauses[2].Remedy.ShouldBe("A median of at most 30.2 seconds; yours is 31.");
        view.CorrectGoldsToPass.ShouldBeNull();
        Explain(policy, slow with { MedianSeconds = 30.2 }, inputs => inputs with { Board = reading }).Passes.ShouldBeTrue();
    }

    [Fact]
    public void Labels_SayWhoCanChangeThem()
    {
        var view = Explain(Usual with { Labels = [new Selector { Label = "expert", Operator = SelectorOperator.Equal, Value = new JsonText("true") }] }, Figures(29, 0));
        (view.Clauses[2].Name, view.Clauses[2].Actual, view.Clauses[2].Remedy).ShouldBe(("Label 'expert'", "not set", "The label 'expert' must be equal to true: ask the supervisor of the project."));
    }

    [Fact]
    public void Tenure_SaysWhatIsMissing()
    {
        var view = Explain(Usual with { Tenure = new() { Answers = 30, Days = 3 } }, Figures(29, 0) with { FirstAnswerAt = Now.AddDays(-1.5) });
        view.Clauses.Skip(2).Select(clause => (clause.Actual, clause.Remedy)).ShouldBe([("29", "One more answer."), ("1", "Two more days.")]);
    }

    [Fact]
    public void UnreadableBoard_IsNobodysFault()
    {
        var policy = Usual with { Rank = new() { Top = 3 } };
        var outside = Explain(policy, Figures(29, 0));
        outside.Clauses[2].Remedy.ShouldBe("Nothing you can do: it passes or fails again as soon as the leaderboard can be read.");
        outside.Summary.ShouldBe("Everything you can do is done; the rest is decided as soon as the leaderboard can be read.");
        var inside = Explain(policy, Figures(29, 0), inputs => inputs with { Membership = new(true, Now.AddDays(-1), 0, 1, 1) });
        (inside.Passes, inside.IsIn, inside.Summary).ShouldBe((false, true, "You keep your place, but no work of this batch is handed out while the leaderboard cannot be read."));
    }
}
