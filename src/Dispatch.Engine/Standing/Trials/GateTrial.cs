using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>What a trial looks at besides the board.</summary>
public sealed record GateTrialInputs
{
    /// <summary>The time of the trial.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The batch's gate now; null when it has none, and nobody passes.</summary>
    public Gate? Present { get; init; }

    /// <summary>Memberships under the present gate; who is missing is out.</summary>
    public IReadOnlyDictionary<Guid, GateMembership> Memberships { get; init; } = new Dictionary<Guid, GateMembership>();

    /// <summary>Golden answers still wanted.</summary>
    public long Waiting { get; init; }

    /// <summary>Workers named in each list.</summary>
    public int ListMax { get; init; } = 20;
}

/// <summary>A worker in a trial.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="Rank">Place on the board.</param>
/// <param name="Missed">Clauses that would not pass.</param>
public sealed record GateTrialWorker(Guid WorkerId, int Rank, IReadOnlyList<GateClauseKind> Missed);

/// <summary>What a gate would do.</summary>
public sealed record GateTrialResult
{
    /// <summary>The board it was tried on.</summary>
    public required BoardCutoffs Board { get; init; }

    /// <summary>Workers who pass now.</summary>
    public required int PassNow { get; init; }

    /// <summary>Workers who would pass.</summary>
    public required int WouldPass { get; init; }

    /// <summary>Those who would, and do not now.</summary>
    public required int EnterCount { get; init; }

    /// <summary>Those who do now, and would not.</summary>
    public required int LeaveCount { get; init; }

    /// <summary>The highest of those who would enter.</summary>
    public required IReadOnlyList<GateTrialWorker> Enter { get; init; }

    /// <summary>The highest of those who would leave.</summary>
    public required IReadOnlyList<GateTrialWorker> Leave { get; init; }

    /// <summary>Answers an hour, by the recent rates of those who would pass; null when the rate of none of them is known yet.</summary>
    public required double? AnswersPerHour { get; init; }

    /// <summary>The same of those who pass now.</summary>
    public required double? AnswersPerHourNow { get; init; }

    /// <summary>Those who would pass and whose rate is not known yet: the sum is without them.</summary>
    public int RatesNotKnown { get; init; }

    /// <summary>Answers still wanted.</summary>
    public required long Waiting { get; init; }

    /// <summary>Until all of them are given; null when nobody would give them, or how fast is not known yet.</summary>
    public TimeSpan? Drain => AnswersPerHour is > 0 and var rate ? Bounded(Waiting / rate) : null;

    /// <summary>Mean time until one of them is given, taken in turn, nothing new coming; null like <see cref="Drain"/>.</summary>
    public TimeSpan? ExpectedWait => AnswersPerHour is > 0 and var rate ? Bounded(Waiting == 0 ? 0 : (Waiting + 1) / 2.0 / rate) : null;

    // A board of people who hardly work would need longer than a TimeSpan can say.
    private static TimeSpan Bounded(double hours) => TimeSpan.FromHours(Math.Min(hours, 24.0 * 36_525));
}

/// <summary>Tries a gate on the live board before it is saved: the very function that gates, on everybody.</summary>
public static class GateTrial
{
    /// <summary>Runs a trial. Reads the whole board once: for a supervisor who asks, not for the way of a task.</summary>
    /// <param name="board">The board.</param>
    /// <param name="candidate">The gate to try. Who is in now is held to its bars to stay, without dwelling when its version is another.</param>
    /// <param name="inputs">The rest.</param>
    public static GateTrialResult Run(Leaderboard board, Gate candidate, GateTrialInputs inputs)
    {
        var cutoffs = board.Publish(inputs.At, [.. candidate.Asks, .. inputs.Present?.Asks ?? []]);
        var reading = new BoardReading(cutoffs, TimeSpan.Zero);
        var (passNow, wouldPass, enters, leaves, rank) = (0, 0, 0, 0, 0);
        var (rate, rateNow, unknown, unknownNow) = (0.0, 0.0, 0, 0);
        List<GateTrialWorker> enter = [];
        List<GateTrialWorker> leave = [];
        foreach (var (figures, labels) in board.Everybody)
        {
            rank++;
            var judged = new GateInputs
            {
                Figures = figures,
                Labels = labels,
                Membership = inputs.Memberships.GetValueOrDefault(figures.WorkerId, GateMembership.Out),
                Board = reading,
                At = inputs.At,
            };
            var passesNow = inputs.Present?.Judge(judged).Passes ?? false;
            var then = candidate.Judge(judged);
            var passesThen = then.Passes;
            var isKnown = !double.IsNaN(figures.AnswersPerHour);
            var ownRate = isKnown ? figures.AnswersPerHour : 0;
            if (passesNow) (passNow, rateNow, unknownNow) = (passNow + 1, rateNow + ownRate, isKnown ? unknownNow : unknownNow + 1);
            if (passesThen) (wouldPass, rate, unknown) = (wouldPass + 1, rate + ownRate, isKnown ? unknown : unknown + 1);
            if (passesThen && !passesNow && ++enters <= inputs.ListMax) enter.Add(new(figures.WorkerId, rank, []));
            if (passesNow && !passesThen && ++leaves <= inputs.ListMax) leave.Add(new(figures.WorkerId, rank, [.. then.Clauses.Where(clause => !clause.Passes).Select(clause => clause.Kind).Distinct()]));
        }

        return new()
        {
            Board = cutoffs,
            PassNow = passNow,
            WouldPass = wouldPass,
            EnterCount = enters,
            LeaveCount = leaves,
            Enter = enter,
            Leave = leave,
            AnswersPerHour = unknown > 0 && unknown == wouldPass ? null : rate,
            AnswersPerHourNow = unknownNow > 0 && unknownNow == passNow ? null : rateNow,
            RatesNotKnown = unknown,
            Waiting = inputs.Waiting,
        };
    }
}
