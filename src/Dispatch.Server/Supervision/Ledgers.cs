using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Ledger;
using Dispatch.Server.Bounds;
using Dispatch.Storage;

namespace Dispatch.Server.Supervision;

/// <summary>Workers' ledgers, derived from what was committed.</summary>
public sealed class Ledgers(IDispatchStore store, LongCalls calls)
{
    /// <summary>The ledger of a span. It can be large, so one person may read few at once, and all together no more than the process can hold.</summary>
    /// <param name="asker">Who asks.</param>
    /// <param name="workerId">Whose.</param>
    /// <param name="from">Begins.</param>
    /// <param name="to">Ends; clipped to now.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<LedgerView> ReadAsync(Guid asker, Guid workerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        using var place = calls.TryEnter(LongCall.Ledger, asker, out var busy);
        if (place is null) return new LedgerView { Refusal = busy };
        var now = await store.NowAsync(cancellation);
        if (to > now) to = now;
        if (to <= from || to - from > TimeSpan.FromDays(Limits.LedgerDays))
        {
            return Refused($"The span is empty, or longer than {Limits.LedgerDays} days.", "Ask for a span that ends after it begins, and not in the future.", "from");
        }

        var rows = await store.ReadLedgerAsync(workerId, from, to, new LedgerLimits(Limits.LedgerActivities + 1, Limits.LedgerAssignments + 1), cancellation);
        if (rows.Assignments.Count > Limits.LedgerAssignments) return Refused("The span holds too many assignments.", "Ask for a shorter span.", "to");
        if (rows.Activities.Count > Limits.LedgerActivities) return Refused("The span holds too many changes of activity.", "Ask for a shorter span.", "to");
        var intervals = WorkLedger.Derive(
            [.. rows.Activities.Select(change => new ActivityChange(change.Activity, change.Since))],
            [.. rows.Assignments.Select(assignment => new HeldSpan(assignment.AssignmentId, assignment.State, assignment.ShownAt ?? (assignment.State == AssignmentState.Submitted ? assignment.OfferedAt : null), assignment.LastSignAt, assignment.EndedAt))],
            from,
            to);
        var totals = WorkLedger.Totals(intervals);
        double Seconds(TimeKind kind) => totals.TryGetValue(kind, out var span) ? span.TotalSeconds : 0;
        var answered = rows.Assignments.Where(assignment => assignment.State is AssignmentState.Submitted or AssignmentState.Approved && assignment.EndedAt < to).ToArray();
        return new LedgerView
        {
            From = from,
            To = to,
            HandlingSeconds = Seconds(TimeKind.Handling),
            PartialSeconds = Seconds(TimeKind.Partial),
            BreakSeconds = Seconds(TimeKind.Break),
            WaitingSeconds = Seconds(TimeKind.Waiting),
            Answers = answered.Count(assignment => assignment.Counted),
            KeptAside = answered.Count(assignment => !assignment.Counted),
            Entries = [.. intervals.Select(interval => new LedgerEntry { Kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(interval.Kind.ToString()), From = interval.From, To = interval.To })],
        };
    }

    private static LedgerView Refused(string message, string remedy, string place) =>
        new() { Refusal = new Refusal { Code = RefusalCode.ValueOutOfRange, Message = message, Remedy = remedy, Place = place } };
}
