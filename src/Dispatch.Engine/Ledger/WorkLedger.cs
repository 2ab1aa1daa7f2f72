using Dispatch.Contracts;

namespace Dispatch.Engine.Ledger;

/// <summary>An activity change, as committed.</summary>
/// <param name="Activity">The activity from then on.</param>
/// <param name="Since">When it began.</param>
public readonly record struct ActivityChange(Activity Activity, DateTimeOffset Since);

/// <summary>An assignment, as committed.</summary>
/// <param name="AssignmentId">The assignment.</param>
/// <param name="State">Its state.</param>
/// <param name="From">From when it was on the worker's screen; null when it never was.</param>
/// <param name="LastSignAt">Last heartbeat: where the time of one that ran out ends.</param>
/// <param name="EndedAt">Ended; null while held.</param>
public readonly record struct HeldSpan(Guid AssignmentId, AssignmentState State, DateTimeOffset? From, DateTimeOffset LastSignAt, DateTimeOffset? EndedAt);

/// <summary>Kinds of time.</summary>
public enum TimeKind
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>At least one task was being worked on. Several at once, in tabs or in parallel, count once.</summary>
    Handling = 1,
    /// <summary>Worked on a task that then ran out, was handed back or withdrawn: no answer, but time all the same.</summary>
    Partial = 2,
    /// <summary>A declared break.</summary>
    Break = 3,
    /// <summary>Available, with nothing to do.</summary>
    Waiting = 4,
}

/// <summary>One interval of the ledger.</summary>
/// <param name="Kind">What kind of time.</param>
/// <param name="From">Begins.</param>
/// <param name="To">Ends.</param>
public readonly record struct LedgerInterval(TimeKind Kind, DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>How long.</summary>
    public TimeSpan Length => To - From;
}

/// <summary>
/// A worker's time, derived from rows that were committed when things happened; recomputing it from the same rows gives the same
/// ledger. Intervals do not overlap: handling comes before partial, both before break and waiting. A break stops handling.
/// </summary>
public static class WorkLedger
{
    /// <summary>Derives the ledger of a span.</summary>
    /// <param name="activities">Changes in order, beginning with the one in force at <paramref name="from"/>.</param>
    /// <param name="assignments">Assignments that touch the span.</param>
    /// <param name="from">Begins.</param>
    /// <param name="to">Ends: now, at the latest.</param>
    public static IReadOnlyList<LedgerInterval> Derive(IReadOnlyList<ActivityChange> activities, IReadOnlyList<HeldSpan> assignments, DateTimeOffset from, DateTimeOffset to)
    {
        if (to <= from) return [];
        var boundaries = new SortedSet<DateTimeOffset> { from, to };
        foreach (var change in activities) AddInside(boundaries, change.Since, from, to);
        List<(TimeKind Kind, DateTimeOffset From, DateTimeOffset To)> spans = [];
        foreach (var assignment in assignments)
        {
            if (SpanOf(assignment, to) is not { } span || span.To <= span.From) continue;
            spans.Add(span);
            AddInside(boundaries, span.From, from, to);
            AddInside(boundaries, span.To, from, to);
        }

        return Sweep(activities, spans, [.. boundaries]);
    }

    /// <summary>Sums by kind.</summary>
    /// <param name="intervals">Intervals.</param>
    public static IReadOnlyDictionary<TimeKind, TimeSpan> Totals(IReadOnlyList<LedgerInterval> intervals) =>
        intervals.GroupBy(interval => interval.Kind).ToDictionary(group => group.Key, group => new TimeSpan(group.Sum(interval => interval.Length.Ticks)));

    private static (TimeKind Kind, DateTimeOffset From, DateTimeOffset To)? SpanOf(HeldSpan assignment, DateTimeOffset to)
    {
        if (assignment.From is not { } from) return null;
        return assignment.State switch
        {
            AssignmentState.Submitted or AssignmentState.Approved or AssignmentState.Rejected => (TimeKind.Handling, from, assignment.EndedAt ?? to),
            AssignmentState.Accepted => (TimeKind.Handling, from, to),
            // Nobody knows how long somebody who was silent was still there: partial time ends with the last sign of life.
            AssignmentState.Abandoned => (TimeKind.Partial, from, assignment.LastSignAt),
            AssignmentState.Returned or AssignmentState.Canceled => (TimeKind.Partial, from, assignment.EndedAt ?? to),
            _ => null,
        };
    }

    private static List<LedgerInterval> Sweep(IReadOnlyList<ActivityChange> activities, List<(TimeKind Kind, DateTimeOffset From, DateTimeOffset To)> spans, DateTimeOffset[] boundaries)
    {
        List<LedgerInterval> ledger = [];
        var byStart = spans.OrderBy(span => span.From).ToArray();
        var open = new List<(TimeKind Kind, DateTimeOffset From, DateTimeOffset To)>();
        int nextSpan = 0, nextActivity = 0;
        var activity = Activity.Offline;
        for (var i = 0; i + 1 < boundaries.Length; i++)
        {
            var (start, end) = (boundaries[i], boundaries[i + 1]);
            while (nextActivity < activities.Count && activities[nextActivity].Since <= start) activity = activities[nextActivity++].Activity;
            while (nextSpan < byStart.Length && byStart[nextSpan].From <= start) open.Add(byStart[nextSpan++]);
            open.RemoveAll(span => span.To <= start);
            if (KindOf(activity, open) is not { } kind) continue;
            if (ledger.Count > 0 && ledger[^1].Kind == kind && ledger[^1].To == start) ledger[^1] = ledger[^1] with { To = end };
            else ledger.Add(new LedgerInterval(kind, start, end));
        }

        return ledger;
    }

    private static TimeKind? KindOf(Activity activity, List<(TimeKind Kind, DateTimeOffset From, DateTimeOffset To)> open)
    {
        if (activity == Activity.Break) return TimeKind.Break;

        // Set offline, by themselves or after a lost connection: what stays open on a screen nobody sits at is no time.
        if (activity == Activity.Offline) return null;
        var partial = false;
        foreach (var span in open)
        {
            if (span.Kind == TimeKind.Handling) return TimeKind.Handling;
            partial = true;
        }

        if (partial) return TimeKind.Partial;
        return activity == Activity.Available ? TimeKind.Waiting : null;
    }

    private static void AddInside(SortedSet<DateTimeOffset> boundaries, DateTimeOffset at, DateTimeOffset from, DateTimeOffset to)
    {
        if (at > from && at < to) boundaries.Add(at);
    }
}
