using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Texts;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>What every endpoint needs: operation ids, versions, pages, and outcomes turned into refusals.</summary>
public static class ApiCalls
{
    private const int ChangeTries = 5;

    /// <summary>The operation of a state-changing call, from its <c>Idempotency-Key</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">Kind of command.</param>
    /// <param name="payload">What is hashed: the same key with another payload is refused.</param>
    /// <param name="subject">What it is about, for the audit.</param>
    /// <param name="result">The reply to store.</param>
    public static Operation Operation(HttpContext context, string kind, object? payload, Guid subject, object? result = null)
    {
        var key = Key(context);
        return new Operation
        {
            ActorId = Actor(context),
            OperationId = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{Actor(context):N}:{key}")).AsSpan(0, 16)),
            PayloadHash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { kind, context.Request.Path.Value, payload }, DispatchJson.Options)),
            Kind = kind,
            Result = result is null ? "{}" : JsonSerializer.Serialize(result, DispatchJson.Options),
            AuditSubject = subject,
            Reason = context.Request.Headers["X-Reason"] is [{ Length: > 0 and <= Limits.ReasonCharacters } reason] ? reason : null,
        };
    }

    /// <summary>The <c>Idempotency-Key</c>.</summary>
    /// <param name="context">The request.</param>
    public static string Key(HttpContext context) =>
        context.Request.Headers["Idempotency-Key"] is [{ Length: > 0 and <= Limits.IdempotencyKeyCharacters } key]
            ? key
            : throw Problems.Refuse(
                StatusCodes.Status400BadRequest,
                RefusalCode.OperationIdMissing,
                $"The call changes something and carries no Idempotency-Key of at most {Limits.IdempotencyKeyCharacters} characters.",
                "Send the header 'Idempotency-Key: <a fresh UUID>', and repeat the key only when you repeat the call.",
                "Idempotency-Key");

    /// <summary>
    /// Commits a change of a record whose reply is made before the commit, so that a repeat gets the very same one. That needs the version, so
    /// without If-Match the version just read is expected, and a change that came in between is read again.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="notFound">Code when the record is not there.</param>
    /// <param name="attempt">Reads the record and commits, given the version of If-Match.</param>
    public static async Task<T> ChangeAsync<T>(HttpContext context, RefusalCode notFound, Func<int?, Task<(ApplyOutcome Outcome, Operation Operation)>> attempt)
    {
        var ifMatch = IfMatch(context);
        for (var tries = 1; ; tries++)
        {
            var (outcome, operation) = await attempt(ifMatch);
            if (outcome.Status == ApplyStatus.VersionMismatch && ifMatch is null && tries < ChangeTries) continue;
            return Reply<T>(context, outcome, operation, notFound);
        }
    }

    /// <summary>Who is calling.</summary>
    /// <param name="context">The request.</param>
    public static Guid Actor(HttpContext context) =>
        Guid.TryParse(context.User.FindFirstValue("sub"), out var id)
            ? id
            : throw Problems.Refuse(StatusCodes.Status401Unauthorized, RefusalCode.Unauthenticated, "The token names nobody.", "Use a token whose 'sub' is an id made by this server.");

    /// <summary>The version in <c>If-Match</c>; null when there is none.</summary>
    /// <param name="context">The request.</param>
    public static int? IfMatch(HttpContext context)
    {
        if (context.Request.Headers.IfMatch is [] or ["*"]) return null;
        return context.Request.Headers.IfMatch is [{ Length: > 2 } tag] && tag[0] == '"' && tag[^1] == '"' && int.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw Problems.Refuse(StatusCodes.Status400BadRequest, RefusalCode.MalformedRequest, "If-Match is not an ETag of ours.", "Send back the ETag that the GET gave you.", "If-Match");
    }

    /// <summary>Checks a page size.</summary>
    /// <param name="limit">Asked for; null for the most.</param>
    public static int PageSize(int? limit) =>
        limit is null or (>= 1 and <= Limits.PageRows)
            ? limit ?? Limits.PageRows
            : throw Problems.Refuse(StatusCodes.Status400BadRequest, RefusalCode.ValueOutOfRange, $"A page has 1 to {Limits.PageRows} rows.", "Ask for a smaller page, and follow 'next'.", "limit");

    /// <summary>Sets the ETag.</summary>
    /// <param name="context">The request.</param>
    /// <param name="version">The version.</param>
    public static void ETag(HttpContext context, int version) => context.Response.Headers.ETag = $"\"{version.ToString(CultureInfo.InvariantCulture)}\"";

    /// <summary>The stored or fresh reply of an outcome; anything that did not take effect becomes a refusal.</summary>
    /// <param name="context">The request.</param>
    /// <param name="outcome">The outcome.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="notFound">Code when what it names is not there.</param>
    public static T Reply<T>(HttpContext context, ApplyOutcome outcome, Operation operation, RefusalCode notFound)
    {
        Require(context, outcome, notFound);
        return JsonSerializer.Deserialize<T>(outcome.StoredResult ?? operation.Result, DispatchJson.Options)!;
    }

    /// <summary>Refuses what did not take effect.</summary>
    /// <param name="context">The request.</param>
    /// <param name="outcome">The outcome.</param>
    /// <param name="notFound">Code when what it names is not there.</param>
    public static void Require(HttpContext context, ApplyOutcome outcome, RefusalCode notFound)
    {
        switch (outcome.Status)
        {
            case ApplyStatus.Applied:
                return;
            case ApplyStatus.Replayed:
                context.Response.Headers["Idempotent-Replayed"] = "true";
                return;
            case ApplyStatus.PayloadConflict:
                throw Problems.Refuse(409, RefusalCode.OperationConflict, "This Idempotency-Key was used before with another request.", "Make a fresh key for every new request.", "Idempotency-Key");
            case ApplyStatus.NotFound:
                throw Problems.Refuse(404, notFound, "What the request names does not exist.", "Look the ids up in their lists.");
            case ApplyStatus.VersionMismatch:
                throw Problems.Refuse(412, RefusalCode.VersionMismatch, "Somebody changed it since you read it.", "GET it again, look at the change, and send your change with the new ETag.", "If-Match");
            case ApplyStatus.Duplicate:
                throw Problems.Refuse(409, RefusalCode.DuplicateName, "The name is taken.", "Choose another name.", "$.name");
            default:
                throw Problems.Refuse(409, RefusalCode.InvalidTransition, "The present state does not allow this.", "GET it to see its state; a closed batch stays closed.");
        }
    }

    /// <summary>A name in its one spelling: what is stored, and what others are compared with.</summary>
    /// <param name="name">The name as it was sent.</param>
    /// <param name="place">Where.</param>
    public static string Name(string? name, string place) =>
        name is { Length: <= Limits.NameCharacters } && Names.TryNormalise(name, out var normalised) && normalised.Length <= Limits.NameCharacters
            ? normalised
            : throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"A name has 1 to {Limits.NameCharacters} characters, {Names.Rule}.", "Give a name of characters that can be seen.", place);

    /// <summary>A reason in words: something, not too long, and text that can be stored.</summary>
    /// <param name="reason">The reason.</param>
    public static string Reason(string? reason) =>
        !string.IsNullOrWhiteSpace(reason) && reason.Length <= Limits.ReasonCharacters && StorableText.Is(reason)
            ? reason
            : throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"A reason of 1 to {Limits.ReasonCharacters} characters is needed, without NUL characters or halves of surrogate pairs.", "Say why, in words for the people it is about.", "$.reason");

    /// <summary>Ids in a list, at most a page of them, each once.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="place">Where.</param>
    public static IReadOnlyCollection<Guid> Ids(IReadOnlyList<Guid> ids, string place) =>
        ids.Count <= Limits.PageRows
            ? ids.Distinct().ToArray()
            : throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"There are more than {Limits.PageRows} ids.", "Send them in several calls.", place);

    /// <summary>A number within its range.</summary>
    /// <param name="value">The number.</param>
    /// <param name="min">Least.</param>
    /// <param name="max">Most.</param>
    /// <param name="place">Where.</param>
    public static int Range(int value, int min, int max, string place) =>
        value >= min && value <= max
            ? value
            : throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"It must be a whole number from {min} to {max}.", "Send a number within the range.", place);
}
