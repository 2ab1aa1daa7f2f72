using System.Text.Json;

namespace Dispatch.Contracts;

/// <summary>Names of refusal codes on the wire.</summary>
public static class RefusalCodes
{
    private static readonly Dictionary<RefusalCode, string> Names =
        Enum.GetValues<RefusalCode>().ToDictionary(code => code, code => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString()));

    /// <summary>Name of a code: <c>stale_lease</c>.</summary>
    /// <param name="code">The code.</param>
    public static string Name(RefusalCode code) => Names[code];
}
