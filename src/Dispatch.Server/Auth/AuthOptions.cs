using Microsoft.Extensions.Options;

namespace Dispatch.Server.Auth;

/// <summary>Section <c>Dispatch:Auth</c>.</summary>
public sealed class AuthOptions
{
    /// <summary>Key of HMAC-SHA256 tokens, base64, at least 32 bytes. Development makes one up when nothing is configured.</summary>
    public string? SigningKey { get; set; }

    /// <summary>OpenID Connect authority whose tokens are taken instead.</summary>
    public string? Authority { get; set; }

    /// <summary>Audience that tokens must name. Default <c>dispatch</c>.</summary>
    public string Audience { get; set; } = "dispatch";

    /// <summary>Issuer of tokens signed with <see cref="SigningKey"/>. Default <c>dispatch</c>.</summary>
    public string Issuer { get; set; } = "dispatch";

    /// <summary>
    /// Id of a person who is made an admin when the server starts, unless somebody has this id already: the first one of an installation whose tokens come from
    /// an <see cref="Authority"/>, for a token opens nothing whose <c>sub</c> is nobody's. That person makes the others. Where tokens are signed with <see cref="SigningKey"/> it is not needed: the
    /// record of an admin is made with the first token that names it. Default none.
    /// </summary>
    public Guid? FirstAdmin { get; set; }

    /// <summary>Life of a development token. Default 12 hours.</summary>
    public TimeSpan DevTokenLife { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Whether a Development server gives tokens for the asking to other machines, too: everybody who reaches it can be an admin then. Default false.</summary>
    public bool DevTokensBeyondLoopback { get; set; }

    /// <summary>
    /// Origins (<c>https://console.example.org</c>) whose pages may connect to the hubs beside this server's own pages. Default none. A client that
    /// sends no Origin is no browser, and is not asked.
    /// </summary>
    public string[] AllowedOrigins { get; set; } = [];
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class AuthOptionsValidator(IHostEnvironment environment) : IValidateOptions<AuthOptions>
{
    private const int KeyBytesMin = 32;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        List<string> faults = [];
        if (options.SigningKey is null && options.Authority is null && !environment.IsDevelopment())
        {
            faults.Add("Outside Development somebody must vouch for tokens: set Dispatch:Auth:SigningKey (base64 of at least 32 random bytes) or Dispatch:Auth:Authority.");
        }

        if (options.SigningKey is not null && options.Authority is not null) faults.Add("Set Dispatch:Auth:SigningKey or Dispatch:Auth:Authority, not both.");
        if (options.SigningKey is { } key && (!TryKey(key, out var bytes) || bytes.Length < KeyBytesMin))
        {
            faults.Add($"Dispatch:Auth:SigningKey is not base64 of at least {KeyBytesMin} bytes: make one with 'openssl rand -base64 48'.");
        }

        if (options.Authority is { } authority && !(Uri.TryCreate(authority, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps))
        {
            faults.Add("Dispatch:Auth:Authority is not an https address.");
        }

        if (string.IsNullOrWhiteSpace(options.Audience)) faults.Add("Dispatch:Auth:Audience is empty: name the audience that tokens carry.");
        if (options.DevTokenLife <= TimeSpan.Zero || options.DevTokenLife > TimeSpan.FromDays(30)) faults.Add("Dispatch:Auth:DevTokenLife must be above zero and at most 30 days.");
        faults.AddRange(options.AllowedOrigins.Where(origin => !IsOrigin(origin)).Select(origin => $"Dispatch:Auth:AllowedOrigins holds '{origin}': write scheme and host only, such as https://console.example.org."));
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase);

    private static bool TryKey(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        var valid = Convert.TryFromBase64String(text, bytes, out var written);
        bytes = bytes[..written];
        return valid;
    }
}
