using System.Collections.Concurrent;
using Dispatch.Contracts;

namespace Dispatch.Server.Bounds;

/// <summary>Calls that hold something for as long as the caller likes.</summary>
public enum LongCall
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>An import.</summary>
    Import = 1,
    /// <summary>An export.</summary>
    Export = 2,
    /// <summary>A ledger.</summary>
    Ledger = 3,
}

/// <summary>How many long calls are under way: of one person, so that nobody takes all places, and of this process.</summary>
public sealed class LongCalls
{
    private readonly ConcurrentDictionary<(LongCall Call, Guid Person), int> _underWay = new();
    private readonly int[] _all = new int[4];

    /// <summary>Takes a place, to be disposed of when the call ends; null when there is none.</summary>
    /// <param name="call">What kind of call.</param>
    /// <param name="person">Whose.</param>
    /// <param name="busy">Why not; null when there was a place.</param>
    public IDisposable? TryEnter(LongCall call, Guid person, out Refusal? busy)
    {
        var (own, everybodys) = Most(call);
        busy = null;
        if (_underWay.AddOrUpdate((call, person), 1, static (_, count) => count + 1) > own)
        {
            LeaveOwn(call, person);
            busy = Busy($"{own} {call.ToString().ToLowerInvariant()}s of yours are under way; nothing was begun.");
            return null;
        }

        if (Interlocked.Increment(ref _all[(int)call]) > everybodys)
        {
            Interlocked.Decrement(ref _all[(int)call]);
            LeaveOwn(call, person);
            busy = Busy($"{everybodys} {call.ToString().ToLowerInvariant()}s are under way on this server; nothing was begun.");
            return null;
        }

        return new Place(this, call, person);
    }

    private static (int Own, int Everybodys) Most(LongCall call) => call switch
    {
        LongCall.Import => (Limits.ImportsPerPerson, Limits.ImportsPerProcess),
        LongCall.Export => (Limits.ExportsPerPerson, Limits.ExportsPerProcess),
        _ => (Limits.LedgersPerPerson, Limits.LedgersPerProcess),
    };

    private static Refusal Busy(string message) => new()
    {
        Code = RefusalCode.Busy,
        Message = message,
        Remedy = "Wait until one of them has ended, and send the same call again.",
        RetryAfterMs = 2_000,
    };

    private void LeaveOwn(LongCall call, Guid person)
    {
        var key = (call, person);
        if (_underWay.AddOrUpdate(key, 0, static (_, count) => count - 1) == 0) _underWay.TryRemove(new KeyValuePair<(LongCall, Guid), int>(key, 0));
    }

    private sealed class Place(LongCalls calls, LongCall call, Guid person) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 1) return;
            Interlocked.Decrement(ref calls._all[(int)call]);
            calls.LeaveOwn(call, person);
        }
    }
}
