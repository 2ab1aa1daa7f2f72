using System.Net;

namespace Dispatch.Web.Text;

/// <summary>Addresses in a text. Only addresses of the web and of mail become links, and they open apart: the page that is opened gets no handle on this one.</summary>
internal static class Links
{
    private const int AddressMax = 2_048;
    private const int MailMax = 254;
    private static readonly string[] Schemes = [Uri.UriSchemeHttp, Uri.UriSchemeHttps, Uri.UriSchemeMailto];

    /// <summary>The opening tag of a link; null for an address that no link may have.</summary>
    /// <param name="address">The address.</param>
    public static string? Tag(ReadOnlySpan<char> address) =>
        address.Length <= AddressMax && Uri.TryCreate(address.ToString(), UriKind.Absolute, out var uri) && Schemes.Contains(uri.Scheme)
            ? $"<a href=\"{WebUtility.HtmlEncode(uri.AbsoluteUri)}\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">"
            : null;

    /// <summary>Whether an address of the web begins at a place.</summary>
    /// <param name="source">The text.</param>
    /// <param name="at">The place.</param>
    /// <param name="end">End of the line.</param>
    public static bool IsBare(string source, int at, int end)
    {
        var rest = source.AsSpan(at, end - at);
        return (rest.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) && (at == 0 || !char.IsAsciiLetterOrDigit(source[at - 1]));
    }

    /// <summary>Where an address that stands by itself ends: signs that end a sentence, or close what was open before it, are not of it.</summary>
    /// <param name="source">The text.</param>
    /// <param name="at">Its first character.</param>
    /// <param name="end">End of the line.</param>
    /// <returns>Where it ends, and where one may go on reading: an address that no link may have is passed over whole.</returns>
    public static (int End, int Next) EndOfBare(string source, int at, int end)
    {
        var next = at;
        while (next < end && !char.IsWhiteSpace(source[next]) && source[next] is not ('<' or '>' or '"' or '`' or '\\' or '，' or '。' or '、' or '）' or '」')) next++;
        var address = source.AsSpan(at, next - at);
        var unopened = address.Count(')') - address.Count('(');
        var length = address.Length;
        while (length > 0 && (address[length - 1] is '.' or ',' or ';' or ':' or '!' or '?' or '\'' or '*' or '_' or '~' or ']' or '}' || (address[length - 1] == ')' && unopened > 0)))
        {
            if (address[--length] == ')') unopened--;
        }

        return (at + length, next);
    }

    /// <summary>Where the mail address in angle brackets ends; 0 when there is none.</summary>
    /// <param name="source">The text.</param>
    /// <param name="at">The opening bracket.</param>
    /// <param name="end">End of the line.</param>
    public static int EndOfMail(string source, int at, int end)
    {
        var rest = source.AsSpan(at + 1, Math.Min(end - at - 1, MailMax));
        var close = rest.IndexOfAny(" \t<>\"");
        if (close <= 0 || rest[close] != '>' || rest[..close].Count('@') != 1 || rest[0] == '@') return 0;
        foreach (var c in rest[..close])
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('@' or '.' or '-' or '_' or '+')) return 0;
        }

        return at + 1 + close;
    }

    /// <summary>
    /// What is in the round brackets behind the text of a link or an image: an address, and a title if there is one. No address has square brackets here, so that a
    /// line of nothing but beginnings takes linear time.
    /// </summary>
    /// <param name="source">The text.</param>
    /// <param name="at">Behind the opening bracket.</param>
    /// <param name="end">End of the line.</param>
    /// <returns>Where the address ends, and the place of the closing bracket; (0, 0) when it is none.</returns>
    public static (int Address, int Close) InBrackets(string source, int at, int end)
    {
        var (next, depth) = (at, 0);
        for (; next < end && source[next] is not (' ' or '\t'); next++)
        {
            var c = source[next];
            if (c is '[' or ']' or '`') return (0, 0);
            if (c == '(') depth++;
            else if (c == ')' && depth-- == 0) return next > at ? (next, next) : (0, 0);
        }

        var address = next;
        while (next < end && source[next] is ' ' or '\t') next++;
        if (next >= end || source[next] != '"' || address == at) return (0, 0);
        var title = source.AsSpan(next + 1, end - next - 1).IndexOfAny('"', '[');
        if (title < 0 || source[next + 1 + title] != '"') return (0, 0);
        next += title + 2;
        return next < end && source[next] == ')' ? (address, next) : (0, 0);
    }
}
