using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Matching;

/// <summary>An idle worker as the matchmaker hears of one.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="IdleSince">Since when the worker has been waiting. An offer that was only looked at, declined or lost does not reset it, nor does a break.</param>
/// <param name="LastTurnAt">When the worker last accepted something.</param>
/// <param name="Standing">Higher is better; 0 when nothing is known.</param>
/// <param name="Labels">Labels, as their stored JSON.</param>
public readonly record struct IdleReport(Guid WorkerId, DateTimeOffset IdleSince, DateTimeOffset LastTurnAt, double Standing, string Labels);

/// <summary>Place of an idle worker in the order of a policy; smaller is asked first. Total: equals are told apart by id.</summary>
/// <param name="Standing">Minus the standing, where it leads.</param>
/// <param name="Since">Ticks of the time that orders.</param>
/// <param name="WorkerId">The worker.</param>
internal readonly record struct IdleOrder(double Standing, long Since, Guid WorkerId) : IComparable<IdleOrder>
{
    public static IdleOrder First { get; } = new(double.NegativeInfinity, long.MinValue, Guid.Empty);

    public static IdleOrder Last { get; } = new(double.PositiveInfinity, long.MaxValue, Guid.AllBitsSet);

    public static IdleOrder Of(in IdleReport report, WorkerChoice choice) => choice switch
    {
        WorkerChoice.BestStanding => new IdleOrder(-report.Standing, report.IdleSince.UtcTicks, report.WorkerId),
        WorkerChoice.RoundRobin => new IdleOrder(0, report.LastTurnAt.UtcTicks, report.WorkerId),
        _ => new IdleOrder(0, report.IdleSince.UtcTicks, report.WorkerId),
    };

    public int CompareTo(IdleOrder other)
    {
        var byStanding = Standing.CompareTo(other.Standing);
        if (byStanding != 0) return byStanding;
        var bySince = Since.CompareTo(other.Since);
        return bySince != 0 ? bySince : WorkerId.CompareTo(other.WorkerId);
    }
}
