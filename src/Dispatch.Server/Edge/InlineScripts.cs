using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.FileProviders;

namespace Dispatch.Server.Edge;

/// <summary>Scripts that stand in the consoles' own document: the import map, which the build writes there. A browser runs them when their digests are named.</summary>
internal static partial class InlineScripts
{
    /// <summary>SHA-256 of each script without an address, base64. Empty when there is no document: then there is no page either.</summary>
    /// <param name="document">The document.</param>
    public static IReadOnlyList<string> HashesIn(IFileInfo document)
    {
        if (!document.Exists) return [];
        using var reader = new StreamReader(document.CreateReadStream());
        return [.. Inline().Matches(reader.ReadToEnd()).Select(script => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script.Groups["text"].Value))))];
    }

    [GeneratedRegex(@"<script(?![^>]*\bsrc=)[^>]*>(?<text>[\s\S]*?)</script>", RegexOptions.IgnoreCase)]
    private static partial Regex Inline();
}
