using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Rules;

namespace Dispatch.Engine.Tests.Rules;

public sealed class PolicyChecksTests
{
    private static readonly Guid Batch = new("00000000-0000-0000-0000-0000000000b1");
    private static readonly Guid Other = new("00000000-0000-0000-0000-0000000000b2");
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(600);

    /// <summary>Each number with the least and the most it may be: both are taken, and one beyond them is not.</summary>
    public static TheoryData<string, int, int, Func<int, DispatchPolicy>> Numbers() => new()
    {
        { "offerTimeoutSeconds", 5, 3_600, value => new() { OfferTimeoutSeconds = value } },
        { "simultaneousOffers", 1, 10, value => new() { SimultaneousOffers = value, Acceptance = Acceptance.Explicit } },
        { "leaseMaxSeconds", 600, 604_800, value => new() { LeaseMaxSeconds = value } },
        { "breakMaxSeconds", 0, 86_400, value => new() { BreakMaxSeconds = value } },
        { "disconnectGraceSeconds", 5, 3_600, value => new() { DisconnectGraceSeconds = value } },
        { "reofferSeconds", 0, 86_400, value => new() { ReofferSeconds = value } },
        { "cooldownSeconds", 0, 604_800, value => new() { CooldownSeconds = value } },
        { "attemptsMax", 1, 100, value => new() { AttemptsMax = value } },
        { "capacityCost", 1, Limits.CapacityMax, value => new() { CapacityCost = value } },
        { "prefetch", 0, 1, value => new() { Prefetch = value } },
        { "ageingPerHour", 0, Limits.PriorityMax, value => new() { AgeingPerHour = value } },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Policy_NumberAtAndBeyondItsLimits_IsTakenAndRefused(string place, int min, int max, Func<int, DispatchPolicy> with)
    {
        PolicyChecks.Check(with(min), Lease).ShouldBeEmpty();
        PolicyChecks.Check(with(max), Lease).ShouldBeEmpty();
        foreach (var beyond in (int[])[min - 1, max + 1, int.MinValue, int.MaxValue]) PolicyChecks.Check(with(beyond), Lease).ShouldHaveSingleItem().Place.ShouldBe(place);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.001)]
    public void Policy_AgeingThatIsNoRate_IsRefused(double rate) =>
        PolicyChecks.Check(new DispatchPolicy { AgeingPerHour = rate }, Lease).ShouldHaveSingleItem().Place.ShouldBe("ageingPerHour");

    [Fact]
    public void Policy_NamesThatDoNotExist_AreAllNamedAtOnce() =>
        PolicyChecks.Check(new DispatchPolicy { Acceptance = (Acceptance)9, WorkerChoice = WorkerChoice.Unspecified, BatchOrder = (BatchOrder)(-1) }, Lease)
            .Select(fault => fault.Place).ShouldBe(["acceptance", "workerChoice", "batchOrder"]);

    [Fact]
    public void Policy_PartsThatContradict_AreRefused()
    {
        PolicyChecks.Check(new DispatchPolicy { SimultaneousOffers = 2 }, Lease).ShouldHaveSingleItem().Place.ShouldBe("simultaneousOffers");
        PolicyChecks.Check(new DispatchPolicy { Acceptance = Acceptance.Explicit, Prefetch = 1 }, Lease).ShouldHaveSingleItem().Place.ShouldBe("prefetch");
    }

    public static TheoryData<string, ExceptionRule> Rules() => new()
    {
        { "[0].name", new() { Name = " ", Action = RuleAction.Relax, WaitSeconds = 1 } },
        { "[0].name", new() { Name = new string('n', Limits.NameCharacters + 1), Action = RuleAction.Relax, WaitSeconds = 1 } },
        { "[0].name", new() { Name = "nul \0", Action = RuleAction.Relax, WaitSeconds = 1 } },
        { "[0].action", new() { Name = "r", Action = RuleAction.Unspecified, WaitSeconds = 1 } },
        { "[0].action", new() { Name = "r", Action = (RuleAction)77, WaitSeconds = 1 } },
        { "[0].waitSeconds", new() { Name = "r", Action = RuleAction.Relax } },
        { "[0].waitSeconds", new() { Name = "r", Action = RuleAction.Relax, WaitSeconds = 1, QueueLength = 1 } },
        { "[0].waitSeconds", new() { Name = "r", Action = RuleAction.Relax, WaitSeconds = 0 } },
        { "[0].waitSeconds", new() { Name = "r", Action = RuleAction.Relax, WaitSeconds = 31_536_001 } },
        { "[0].queueLength", new() { Name = "r", Action = RuleAction.Relax, QueueLength = -1 } },
        { "[0].by", new() { Name = "r", Action = RuleAction.RaisePriority, WaitSeconds = 1 } },
        { "[0].by", new() { Name = "r", Action = RuleAction.RaisePriority, WaitSeconds = 1, By = 0 } },
        { "[0].by", new() { Name = "r", Action = RuleAction.RaisePriority, WaitSeconds = 1, By = Limits.PriorityMax + 1 } },
        { "[0].by", new() { Name = "r", Action = RuleAction.Cancel, WaitSeconds = 1, By = 1 } },
        { "[0].toBatchId", new() { Name = "r", Action = RuleAction.Move, WaitSeconds = 1 } },
        { "[0].toBatchId", new() { Name = "r", Action = RuleAction.Move, WaitSeconds = 1, ToBatchId = Batch } },
        { "[0].toBatchId", new() { Name = "r", Action = RuleAction.Relax, WaitSeconds = 1, ToBatchId = Other } },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rule_OneFault_IsNamedAtItsPlace(string place, ExceptionRule rule)
    {
        var fault = PolicyChecks.Check([rule], Batch).ShouldHaveSingleItem();

        fault.Place.ShouldBe(place);
        fault.Message.ShouldNotBeNullOrEmpty();
        fault.Remedy.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void Rules_OneOfEachKind_AreTaken() => PolicyChecks.Check(
        [
            new() { Name = "raise", Action = RuleAction.RaisePriority, WaitSeconds = 1, By = Limits.PriorityMax },
            new() { Name = "relax", Action = RuleAction.Relax, QueueLength = 100_000_000 },
            new() { Name = "move", Action = RuleAction.Move, WaitSeconds = 31_536_000, ToBatchId = Other },
            new() { Name = "cancel", Action = RuleAction.Cancel, QueueLength = 1 },
        ],
        Batch).ShouldBeEmpty();

    [Fact]
    public void Rules_TooManyTwiceNamedOrMissing_AreRefused()
    {
        static ExceptionRule Named(string name) => new() { Name = name, Action = RuleAction.Relax, WaitSeconds = 1 };
        PolicyChecks.Check([.. Enumerable.Range(0, 21).Select(i => Named($"r{i}"))], Batch).ShouldHaveSingleItem().Place.ShouldBe("[20]");
        PolicyChecks.Check([Named("same"), Named("same")], Batch).ShouldHaveSingleItem().Message.ShouldContain("same");
        PolicyChecks.Check([Named("fine"), null!], Batch).ShouldHaveSingleItem().Place.ShouldBe("[1]");
    }
}
