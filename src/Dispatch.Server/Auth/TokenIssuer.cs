using System.Security.Claims;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Auth;

/// <summary>Makes tokens for the development door and for the demo's own annotators.</summary>
public sealed class TokenIssuer(TokenKey key, IOptions<AuthOptions> options, TimeProvider time)
{
    /// <summary>A token for a person with roles.</summary>
    /// <param name="subject">The worker id.</param>
    /// <param name="roles">The roles.</param>
    public (string Token, DateTimeOffset ExpiresAt) Issue(Guid subject, IEnumerable<string> roles)
    {
        var now = time.GetUtcNow();
        var expires = now + options.Value.DevTokenLife;
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Value.Issuer,
            Audience = options.Value.Audience,
            // Not when it begins: a server whose clock is behind would refuse what one that is ahead has just issued.
            IssuedAt = now.UtcDateTime,
            Expires = expires.UtcDateTime,
            Subject = new ClaimsIdentity([new Claim("sub", subject.ToString()), .. roles.Select(role => new Claim("role", role))]),
            SigningCredentials = new SigningCredentials(key.Key ?? throw new InvalidOperationException("Tokens come from the authority."), SecurityAlgorithms.HmacSha256),
        });
        return (token, expires);
    }
}
