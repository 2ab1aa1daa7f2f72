using Dispatch.Contracts;
using Dispatch.Engine.Ledger;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Ledger;

public sealed class WorkLedgerTests
{
    private static readonly DateTimeOffset Nine = new(2026, 1, 1, 9, 0, 0, TimeSpan.Zero);

    private static DateTimeOffset At(int minute) => Nine.AddMinutes(minute);

    private static HeldSpan Held(AssignmentState state, int? from, int sign, int? ended) =>
        new(Guid.NewGuid(), state, from is { } minute ? At(minute) : null, At(sign), ended is { } end ? At(end) : null);

    private static HeldSpan Answered(int from, int ended) => Held(AssignmentState.Submitted, from, from, ended);

    private static (TimeKind, int, int)[] Derive(ActivityChange[] activities, HeldSpan[] assignments, int to = 60) =>
        [.. WorkLedger.Derive(activities, assignments, Nine, At(to)).Select(interval => (interval.Kind, (int)(interval.From - Nine).TotalMinutes, (int)(interval.To - Nine).TotalMinutes))];

    [Fact]
    public void Derive_WaitWorkBreakOffline_TellsThemApart()
    {
        ActivityChange[] shift = [new(Activity.Available, At(5)), new(Activity.Break, At(30)), new(Activity.Available, At(40)), new(Activity.Offline, At(50))];

        Derive(shift, [Answered(10, 20)]).ShouldBe([(TimeKind.Waiting, 5, 10), (TimeKind.Handling, 10, 20), (TimeKind.Waiting, 20, 30), (TimeKind.Break, 30, 40), (TimeKind.Waiting, 40, 50)]);
    }

    [Fact]
    public void Derive_ParallelTasksAndTabs_CountOnce() =>
        Derive([new(Activity.Available, Nine)], [Answered(10, 30), Answered(15, 20), Answered(25, 40)]).ShouldBe([(TimeKind.Waiting, 0, 10), (TimeKind.Handling, 10, 40), (TimeKind.Waiting, 40, 60)]);

    [Fact]
    public void Derive_BreakInMidTask_StopsHandling() =>
        Derive([new(Activity.Available, Nine), new(Activity.Break, At(20)), new(Activity.Available, At(30))], [Answered(0, 60)])
            .ShouldBe([(TimeKind.Handling, 0, 20), (TimeKind.Break, 20, 30), (TimeKind.Handling, 30, 60)]);

    [Fact]
    public void Derive_RanOut_EndsWithTheLastSignOfLife() =>
        Derive([new(Activity.Available, Nine)], [Held(AssignmentState.Abandoned, 10, sign: 25, ended: 50)]).ShouldBe([(TimeKind.Waiting, 0, 10), (TimeKind.Partial, 10, 25), (TimeKind.Waiting, 25, 60)]);

    [Theory]
    [InlineData(AssignmentState.Returned)]
    [InlineData(AssignmentState.Canceled)]
    public void Derive_HandedBackOrWithdrawn_IsPartialTime(AssignmentState state) =>
        Derive([new(Activity.Available, Nine)], [Held(state, 10, sign: 12, ended: 30)]).ShouldContain((TimeKind.Partial, 10, 30));

    [Theory]
    [InlineData(AssignmentState.Offered)]
    [InlineData(AssignmentState.Reserved)]
    [InlineData(AssignmentState.Declined)]
    [InlineData(AssignmentState.TimedOut)]
    [InlineData(AssignmentState.Rescinded)]
    public void Derive_NeverAccepted_IsWaitingAllTheSame(AssignmentState state) =>
        Derive([new(Activity.Available, Nine)], [Held(state, 10, sign: 12, ended: 30)]).ShouldBe([(TimeKind.Waiting, 0, 60)]);

    [Fact]
    public void Derive_HeldButNeverOnAScreen_IsNoHandling() =>
        Derive([new(Activity.Available, Nine)], [Held(AssignmentState.Accepted, from: null, sign: 12, ended: null)]).ShouldBe([(TimeKind.Waiting, 0, 60)]);

    [Fact]
    public void Derive_DrainingWithNothingInHand_IsNoTime() =>
        Derive([new(Activity.Draining, Nine)], [Answered(0, 10)]).ShouldBe([(TimeKind.Handling, 0, 10)]);

    [Fact]
    public void Derive_BegunBeforeAndStillOpen_IsClippedToTheSpan() =>
        Derive([new(Activity.Available, At(-100))], [Held(AssignmentState.Accepted, -30, sign: 50, ended: null)]).ShouldBe([(TimeKind.Handling, 0, 60)]);

    [Fact]
    public void Derive_EmptySpan_IsEmpty() => WorkLedger.Derive([new(Activity.Available, Nine)], [Answered(0, 1)], At(10), At(10)).ShouldBeEmpty();

    /// <summary>Against a look at every single minute.</summary>
    [Fact]
    public void Derive_AnySeed_IsWhatEveryMinuteSays() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            const int To = 120;
            ActivityChange[] activities = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(-20, To)).Order().Select(minute => new ActivityChange((Activity)random.Next(1, 5), At(minute)))];
            HeldSpan[] assignments = [.. Enumerable.Range(0, random.Next(6)).Select(_ => AnySpan(random, To))];
            var ledger = WorkLedger.Derive(activities, assignments, Nine, At(To));

            for (var minute = 0; minute < To; minute++)
            {
                var within = ledger.Where(interval => interval.From <= At(minute) && At(minute) < interval.To).ToArray();
                within.Length.ShouldBeLessThanOrEqualTo(1, "nothing is counted twice");
                (within.Length == 0 ? (TimeKind?)null : within[0].Kind).ShouldBe(Naive(activities, assignments, minute), $"round {round}, minute {minute}");
            }

            ledger.Zip(ledger.Skip(1)).ShouldAllBe(pair => pair.First.To <= pair.Second.From && !(pair.First.To == pair.Second.From && pair.First.Kind == pair.Second.Kind));
            WorkLedger.Totals(ledger).Values.Aggregate(TimeSpan.Zero, (sum, span) => sum + span).ShouldBeLessThanOrEqualTo(TimeSpan.FromMinutes(To));
            Split(activities, assignments, random.Next(1, To), To).ShouldBe(WorkLedger.Totals(ledger), ignoreOrder: true);
        }
    });

    /// <summary>Two halves say what the whole says, or a month would pay other sums than its days.</summary>
    private static IReadOnlyDictionary<TimeKind, TimeSpan> Split(ActivityChange[] activities, HeldSpan[] assignments, int middle, int to) =>
        WorkLedger.Totals([.. WorkLedger.Derive(activities, assignments, Nine, At(middle)), .. WorkLedger.Derive(activities, assignments, At(middle), At(to))]);

    private static HeldSpan AnySpan(Random random, int to)
    {
        var state = (AssignmentState)random.Next(1, 13);
        var from = random.Next(-30, to);
        var ended = random.Next(from, to + 20);
        var open = state is AssignmentState.Reserved or AssignmentState.Offered or AssignmentState.Accepted;
        return Held(state, random.Next(5) == 0 ? null : from, random.Next(from, ended + 1), open ? null : ended);
    }

    private static TimeKind? Naive(ActivityChange[] activities, HeldSpan[] assignments, int minute)
    {
        var activity = activities.LastOrDefault(change => change.Since <= At(minute)).Activity;
        if (activity == Activity.Break) return TimeKind.Break;
        if (activity is Activity.Offline or Activity.Unspecified) return null;
        bool Within(HeldSpan span, DateTimeOffset? end) => span.From <= At(minute) && At(minute) < (end ?? DateTimeOffset.MaxValue);
        if (assignments.Any(span => span.State is AssignmentState.Accepted or AssignmentState.Submitted or AssignmentState.Approved or AssignmentState.Rejected && Within(span, span.EndedAt))) return TimeKind.Handling;
        if (assignments.Any(span => span.State is AssignmentState.Returned or AssignmentState.Canceled && Within(span, span.EndedAt))) return TimeKind.Partial;
        if (assignments.Any(span => span.State == AssignmentState.Abandoned && Within(span, span.LastSignAt))) return TimeKind.Partial;
        return activity == Activity.Available ? TimeKind.Waiting : null;
    }
}
