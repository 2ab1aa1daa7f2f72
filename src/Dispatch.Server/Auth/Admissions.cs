using System.Collections.Concurrent;
using System.Security.Claims;
using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.Server.Auth;

/// <summary>
/// Whether a person may come in, and as what. A token says who somebody is and what the issuer lets them be; the record says whether they still are that here. So a person
/// acts in the roles that token and record both name, and in none once deactivated. Records are kept for <see cref="FreshFor"/>: that long a change made in
/// another process may go unnoticed by a call of this one.
/// </summary>
/// <param name="store">The records.</param>
/// <param name="time">The clock.</param>
public sealed class Admissions(IDispatchStore store, TimeProvider time)
{
    /// <summary>For so long what was read of a record is believed.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    /// <summary>Records kept; with more all are read anew.</summary>
    private const int KeptMax = 20_000;
    private readonly ConcurrentDictionary<Guid, (PersonAccess Person, long ReadAt)> _kept = new();

    /// <summary>Nobody has this id.</summary>
    public static Refusal Nobody { get; } = new()
    {
        Code = RefusalCode.UnknownWorker,
        Message = "Nobody is registered under the identity in your token.",
        Remedy = "Ask a supervisor to create you, then sign in again.",
    };

    /// <summary>The token does not say who it is of.</summary>
    public static Refusal NoIdentity { get; } = new()
    {
        Code = RefusalCode.Unauthenticated,
        Message = "The token names nobody.",
        Remedy = "Use a token whose 'sub' is the id of a person of this server.",
    };

    /// <summary>The person was put out.</summary>
    public static Refusal Deactivated { get; } = new()
    {
        Code = RefusalCode.WorkerDeactivated,
        Message = "You were deactivated; your token opens nothing more.",
        Remedy = "Ask a supervisor to activate you again.",
    };

    /// <summary>The access of a person; null when there is no such person.</summary>
    /// <param name="personId">The person.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async ValueTask<PersonAccess?> FindAsync(Guid personId, CancellationToken cancellation)
    {
        if (_kept.TryGetValue(personId, out var kept) && time.GetElapsedTime(kept.ReadAt) < FreshFor) return kept.Person;
        return (await ReadAsync([personId], cancellation)).GetValueOrDefault(personId);
    }

    /// <summary>The access of many, read now; those that do not exist are left out.</summary>
    /// <param name="people">The people.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<IReadOnlyDictionary<Guid, PersonAccess>> ReadAsync(IReadOnlyCollection<Guid> people, CancellationToken cancellation)
    {
        var readAt = time.GetTimestamp();
        var found = (await store.ListAccessAsync(people, cancellation)).ToDictionary(person => person.WorkerId);
        if (_kept.Count > KeptMax) _kept.Clear();
        foreach (var person in found.Values) _kept[person.WorkerId] = (person, readAt);
        return found;
    }

    /// <summary>A record was changed by this process: the next call reads it.</summary>
    /// <param name="personId">The person.</param>
    public void Forget(Guid personId) => _kept.TryRemove(personId, out _);

    /// <summary>The roles that a token and a record both name.</summary>
    /// <param name="token">Roles of the token.</param>
    /// <param name="person">The record.</param>
    public static IReadOnlyList<string> Effective(IEnumerable<string> token, PersonAccess person) => [.. token.Where(person.Roles.Contains)];

    /// <summary>Why somebody may not do what any of some roles may; null when they may.</summary>
    /// <param name="person">The record; null when there is none.</param>
    /// <param name="token">Roles of the token.</param>
    /// <param name="allowed">The roles that may.</param>
    public static Refusal? WhyNot(PersonAccess? person, IReadOnlyCollection<string> token, IReadOnlyCollection<string> allowed)
    {
        if (person is null) return Nobody;
        if (!person.IsActive) return Deactivated;
        return Effective(token, person).Any(allowed.Contains) ? null : Lacking(person, token);
    }

    /// <summary>Says which of the two does not name the role.</summary>
    /// <param name="person">The record.</param>
    /// <param name="token">Roles of the token.</param>
    public static Refusal Lacking(PersonAccess person, IReadOnlyCollection<string> token)
    {
        string[] taken = [.. token.Where(role => Roles.All.Contains(role) && !person.Roles.Contains(role))];
        string[] granted = [.. person.Roles.Where(role => !token.Contains(role))];
        var record = taken.Length == 0 ? "" : $" Your token claims {string.Join(", ", taken)}, which your record does not hold, or no longer.";
        var issued = granted.Length == 0 ? "" : $" Your record holds {string.Join(", ", granted)}, which your token does not carry.";
        return new Refusal
        {
            Code = RefusalCode.Forbidden,
            Message = $"Your roles do not allow this.{record}{issued}",
            Remedy = granted.Length > 0 && taken.Length == 0
                ? "If that role is enough, sign in again for a token that carries it; else ask an admin for the role that the API page names for this call."
                : "Ask an admin for the role that the API page names for this call.",
        };
    }

    /// <summary>Whom a token names; null when it names nobody.</summary>
    /// <param name="user">The principal.</param>
    public static Guid? SubjectOf(ClaimsPrincipal? user) => Guid.TryParse(user?.FindFirst("sub")?.Value, out var id) && id != Guid.Empty ? id : null;
}
