using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Dispatch.Contracts;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Bounds;

/// <summary>
/// How many calls a second one person makes on this process, over all connections. A call costs one look-up and no allocation: the limiters are kept here one by one, because a
/// partitioned limiter takes one lock for everybody, and looks at everybody ten times a second.
/// </summary>
public sealed class CallRates(IOptions<BoundsOptions> options) : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleFor = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<Guid, TokenBucketRateLimiter> _people = new();
    private readonly ConcurrentDictionary<Guid, TokenBucketRateLimiter> _boardNames = new();

    /// <summary>People of whom a rate is kept.</summary>
    public int Count => _people.Count;

    /// <summary>Counts a call; the refusal when it is one too many, and nothing was tried.</summary>
    /// <param name="person">Who calls.</param>
    public Refusal? Take(Guid person)
    {
        var limiter = _people.GetOrAdd(person, static (_, most) => Bucket(most.CallsAtOnce, most.CallsPerSecond, Period), options.Value);
        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? null : TooMany;
    }

    /// <summary>Counts a name for the board: each is a row, and told to every page that shows the board.</summary>
    /// <param name="person">Who chooses it.</param>
    public Refusal? TakeBoardName(Guid person)
    {
        var limiter = _boardNames.GetOrAdd(person, static _ => Bucket(Limits.BoardNames, 1, TimeSpan.FromSeconds(Limits.BoardNameSeconds)));
        limiter.TryReplenish();
        using var lease = limiter.AttemptAcquire();
        return lease.IsAcquired ? null : TooManyNames;
    }

    /// <summary>Forgets people who made no call for a while: their allowance is full again.</summary>
    public void Forget()
    {
        foreach (var people in (ConcurrentDictionary<Guid, TokenBucketRateLimiter>[])[_people, _boardNames])
        {
            foreach (var (person, limiter) in people)
            {
                limiter.TryReplenish();

                // Not disposed: a call that holds it just now must not fail, and it owns no timer.
                if (limiter.IdleDuration > IdleFor) people.TryRemove(new KeyValuePair<Guid, TokenBucketRateLimiter>(person, limiter));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var limiter in _people.Values.Concat(_boardNames.Values)) limiter.Dispose();
    }

    private static TokenBucketRateLimiter Bucket(int most, int perPeriod, TimeSpan period) => new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = most,
        TokensPerPeriod = perPeriod,
        ReplenishmentPeriod = period,

        // A timer for each of thousands of people would cost more than all their calls.
        AutoReplenishment = false,
    });

    private static Refusal TooMany { get; } = new()
    {
        Code = RefusalCode.Busy,
        Message = "You make too many calls; nothing was tried.",
        Remedy = "Send the same call again after the stated time, and fewer in a second.",
        RetryAfterMs = (int)Period.TotalMilliseconds,
    };

    private static Refusal TooManyNames { get; } = new()
    {
        Code = RefusalCode.InvalidTransition,
        Message = $"You chose {Limits.BoardNames} names for the board in a short time; the present one stays.",
        Remedy = $"Choose another one in {Limits.BoardNameSeconds / 60} minutes.",
        RetryAfterMs = Limits.BoardNameSeconds * 1_000,
    };
}
