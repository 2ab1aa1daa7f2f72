using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Dispatch.Contracts;
using Microsoft.AspNetCore.Http.Metadata;

namespace Dispatch.Server.Api;

/// <summary>
/// No text that cannot be stored reaches an endpoint, wherever in a request it stands: path, query, headers that are kept, and every string and member name of a JSON body.
/// Decided here once for all calls, or the next parameter would be the one that is forgotten: PostgreSQL fails a statement over it, which looks like a database in trouble, and the
/// caller was told to send the same again. Lines of imports are read by the import, which refuses them one by one.
/// </summary>
public sealed class RequestText(RequestDelegate next)
{
    private const string Remedy = "Leave those characters out.";
    private static readonly string[] Kept = ["Idempotency-Key", "X-Reason", "If-Match"];

    /// <summary>Runs the rest of the pipeline, or refuses.</summary>
    /// <param name="context">The request.</param>
    public async Task InvokeAsync(HttpContext context)
    {
        CheckAddress(context.Request);
        foreach (var header in Kept)
        {
            if (context.Request.Headers[header].Any(value => value is not null && (!StorableText.Is(value) || value.Any(char.IsControl)))) throw Refused(header);
        }

        if (!await IsBodyStorableAsync(context)) return;
        await next(context);
    }

    private static void CheckAddress(HttpRequest request)
    {
        if (!StorableText.Is(request.Path.Value) || !IsUtf8(request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget.Split('?')[0])) throw Refused("path");
        if (request.QueryString is not { HasValue: true, Value: { } query }) return;

        // Read as bytes, too: what is no UTF-8 has become the replacement character in the parsed query, and would name something that the caller did not.
        foreach (var (name, values) in request.Query)
        {
            if (!StorableText.Is(name)) throw Refused("query");

            // Lists say of a cursor that was made up what is wrong with it.
            if (name != "cursor" && values.Any(value => !StorableText.Is(value))) throw Refused(name);
        }

        foreach (var part in query[1..].Split('&'))
        {
            if (!IsUtf8(part)) throw Refused(part.Split('=')[0] is { } name && IsUtf8(name) && StorableText.Is(Uri.UnescapeDataString(name)) ? Uri.UnescapeDataString(name) : "query");
        }
    }

    private static bool IsUtf8(string? escaped)
    {
        if (escaped is null || !escaped.Contains('%')) return true;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(escaped.Length)];
        var length = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] == '%' && i + 2 < escaped.Length && char.IsAsciiHexDigit(escaped[i + 1]) && char.IsAsciiHexDigit(escaped[i + 2]))
            {
                bytes[length++] = byte.Parse(escaped.AsSpan(i + 1, 2), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
                i += 2;
            }
            else
            {
                // Whatever else there is, is a character of its own and says nothing about the bytes beside it.
                bytes[length++] = (byte)'x';
            }
        }

        return Utf8.IsValid(bytes.AsSpan(0, length));
    }

    /// <summary>Reads the body of a call that takes JSON, checks it, and puts it back.</summary>
    private static async Task<bool> IsBodyStorableAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType() || context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is not { } accepts || !accepts.ContentTypes.Contains("application/json")) return true;

        // Bounded by the limit of a body, which Kestrel keeps; a body without text is not read twice.
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (FaultIn(body.GetBuffer().AsSpan(0, (int)body.Length)) is { } place) throw Refused(place);
        body.Position = 0;
        context.Request.Body = body;
        return true;
    }

    /// <summary>Where the first text stands that cannot be stored; null when there is none, or when this is no JSON: the endpoint says so.</summary>
    /// <param name="json">A body.</param>
    internal static string? FaultIn(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) return "$";

        // NUL and surrogates get into JSON that is UTF-8 by an escape only, and hardly any body has one.
        if (json.IndexOf("\\u"u8) < 0) return null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Limits.JsonDepth });
        var path = new BodyPath();
        try
        {
            while (reader.Read())
            {
                var isText = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
                if (isText && reader.ValueIsEscaped && !IsStorable(ref reader)) return path.At(reader.TokenType == JsonTokenType.PropertyName);
                path.Read(ref reader);
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return null;
    }

    private static bool IsStorable(ref Utf8JsonReader reader)
    {
        try
        {
            return StorableText.Is(reader.GetString());
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no string is made of it.
            return false;
        }
    }

    private static RefusedException Refused(string place) =>
        Problems.Refuse(StatusCodes.Status400BadRequest, RefusalCode.ValueOutOfRange, $"The request holds {StorableText.Fault}.", Remedy, place);
}
