using System.Security.Claims;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Tests.Api;
using Dispatch.Server.Tests.BadInput;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>Tokens of all roles that are signed rightly, and name somebody who is nobody here.</summary>
internal static class HostileTokens
{
    public static async Task<string> MakeAsync(string who, HubServer server)
    {
        if (who == "deactivated")
        {
            var gone = await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"gone {Guid.NewGuid():N}", Roles = [.. Roles.All] });
            using var boss = new HttpClient { BaseAddress = server.Address };
            boss.DefaultRequestHeaders.Authorization = new("Bearer", server.Api.Token);
            (await boss.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{gone.WorkerId}", """{"isActive":false}""")).IsSuccessStatusCode.ShouldBeTrue();
            return gone.Token;
        }

        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = "dispatch",
            Audience = "dispatch",

            // The key's holder may name admins: a token that says so makes the record.
            Subject = new ClaimsIdentity(Roles.All.Where(role => who != "nobody" || role != Roles.Admin).Select(role => new Claim("role", role))),
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(ApiHost.SigningKey)), SecurityAlgorithms.HmacSha256),
        };
        var subject = who switch
        {
            "no sub" => null,
            "nobody" => $"{Guid.NewGuid()}",
            "crit" => $"{(await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"somebody {Guid.NewGuid():N}", Roles = [.. Roles.All] })).WorkerId}",
            _ => who,
        };
        if (subject is not null) descriptor.Subject.AddClaim(new Claim("sub", subject));
        if (who == "crit") descriptor.AdditionalHeaderClaims = new Dictionary<string, object> { ["crit"] = (string[])["exp-by-moon"], ["exp-by-moon"] = true };
        return new JsonWebTokenHandler().CreateToken(descriptor);
    }

    /// <summary>A token of an admin whose id nobody here has yet.</summary>
    public static string OfAdmin(Guid id) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "dispatch",
        Audience = "dispatch",
        Subject = new ClaimsIdentity([new Claim("sub", $"{id}"), new Claim("role", Roles.Admin)]),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(ApiHost.SigningKey)), SecurityAlgorithms.HmacSha256),
    });
}
