using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// Says of each kind of trouble one line at once, and then one every <see cref="Every"/> with the number of those left out. A thousand callers of a database that is away
/// would otherwise fill a disk with the same line.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
public sealed partial class RareLog(TimeProvider time, ILogger logger)
{
    /// <summary>Between two lines of one kind.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Kinds that are told apart; more of them share one line. A kind never comes from a client.</summary>
    private const int KindsMax = 256;
    private readonly ConcurrentDictionary<string, Kind> _kinds = new();

    /// <summary>Says it, if its time has come.</summary>
    /// <param name="kind">The kind of trouble.</param>
    /// <param name="say">Writes the line, given how many were left out since the last one.</param>
    public void Say(string kind, Action<ILogger, int> say)
    {
        if (_kinds.Count >= KindsMax && !_kinds.ContainsKey(kind)) kind = "";
        if (_kinds.GetOrAdd(kind, _ => new Kind()).MayNow(time, out var unsaid)) say(logger, unsaid);
    }

    /// <summary>Something could not be carried out for a reason that passes: a line without a stack, which would say nothing new.</summary>
    /// <param name="what">What was to be done.</param>
    /// <param name="failure">Why it was not.</param>
    public void SayAway(string what, Exception failure) =>
        Say(what, (log, unsaid) => LogAway(log, what, failure.GetType().Name, failure.Message, Innermost(failure).Message, unsaid));

    /// <summary>Something is wrong with the server itself: the whole of it.</summary>
    /// <param name="what">What was to be done.</param>
    /// <param name="failure">What was thrown.</param>
    public void SayBroken(string what, Exception failure) => Say($"{what} {failure.GetType().Name}", (log, unsaid) => LogBroken(log, failure, what, unsaid));

    private static Exception Innermost(Exception failure) => failure.InnerException is { } inner ? Innermost(inner) : failure;

    [LoggerMessage(2451, LogLevel.Warning, "{What} could not be carried out. {Kind}: {Failure} {Cause} ({Unsaid} like it since the last such line were not logged.)")]
    private static partial void LogAway(ILogger logger, string what, string kind, string failure, string cause, int unsaid);

    [LoggerMessage(2452, LogLevel.Error, "{What} failed. ({Unsaid} like it since the last such line were not logged.)")]
    private static partial void LogBroken(ILogger logger, Exception failure, string what, int unsaid);

    private sealed class Kind
    {
        private readonly Lock _lock = new();
        private long? _saidAt;
        private int _unsaid;

        public bool MayNow(TimeProvider time, out int unsaid)
        {
            lock (_lock)
            {
                if (_saidAt is { } at && time.GetElapsedTime(at) < Every)
                {
                    unsaid = ++_unsaid;
                    return false;
                }

                (unsaid, _unsaid, _saidAt) = (_unsaid, 0, time.GetTimestamp());
                return true;
            }
        }
    }
}
