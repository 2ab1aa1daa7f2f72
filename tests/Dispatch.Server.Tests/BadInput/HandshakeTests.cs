using System.Net;
using System.Security.Claims;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Server.Tests.Api;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-19 and B-20 at the hubs' own door: who comes in, and from whose page.</summary>
[Collection(nameof(HubServer))]
public sealed class HandshakeTests(HubServer server)
{
    // The theory's tokens are made when tests are discovered, minutes before the last of them runs: each must still be what its name says then.
    private static string Token(Guid? subject = null, string role = Roles.Worker, string issuer = "dispatch", string audience = "dispatch", int fromMinutes = -5, int toMinutes = 120, string? key = null) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = audience,
        NotBefore = TimeProvider.System.GetUtcNow().AddMinutes(fromMinutes).UtcDateTime,
        Expires = TimeProvider.System.GetUtcNow().AddMinutes(toMinutes).UtcDateTime,
        Subject = new ClaimsIdentity([new Claim("sub", $"{subject ?? Guid.NewGuid()}"), new Claim("role", role)]),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(key ?? ApiHost.SigningKey)), SecurityAlgorithms.HmacSha256),
    });

    private static string Unsigned() =>
        $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{Base64UrlEncoder.Encode($$"""{"sub":"{{Guid.NewGuid()}}","role":"worker","iss":"dispatch","aud":"dispatch","exp":4102444800}""")}.";

    public static TheoryData<string, string?, int> BadTokens => new()
    {
        { "none", null, 401 },
        { "empty", "", 401 },
        { "not a token", "hello", 401 },
        { "expired", Token(fromMinutes: -60, toMinutes: -1), 401 },
        { "not valid yet", Token(fromMinutes: 60, toMinutes: 120), 401 },
        { "another issuer", Token(issuer: "somebody"), 401 },
        { "another audience", Token(audience: "elsewhere"), 401 },
        { "another key", Token(key: Convert.ToBase64String(Encoding.ASCII.GetBytes("another key of more than thirty-two bytes, of no use"))), 401 },
        { "no algorithm", Unsigned(), 401 },
        { "not a worker", Token(role: Roles.Producer), 403 },
    };

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task BadToken_OpensNoHub(string what, string? token, int status)
    {
        foreach (var hub in (string[])["worker", "supervisor"])
        {
            (await Should.ThrowAsync<HandshakeRefusedException>(() => RawSocket.OpenAsync(server.Address, token, hub))).Status.ShouldBe(status, $"{what} at {hub}");
            using var http = new HttpClient { BaseAddress = server.Address };
            using var negotiate = new HttpRequestMessage(HttpMethod.Post, $"hubs/{hub}/negotiate?negotiateVersion=1");
            if (token is not null) negotiate.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            ((int)(await http.SendAsync(negotiate)).StatusCode).ShouldBe(status, $"{what} at {hub}, negotiating");
        }

        await server.ShouldStillServeAsync();
    }

    /// <summary>A connection is closed when its token expires, so nobody may come back with it: clients that did were taken in and closed once a second for as long as clocks may differ.</summary>
    [Theory]
    [InlineData("worker")]
    [InlineData("supervisor")]
    public async Task TokenThatJustExpired_OpensNoHub_ThoughClocksMayDiffer(string hub)
    {
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "dispatch",
            Audience = "dispatch",
            Expires = TimeProvider.System.GetUtcNow().AddSeconds(-2).UtcDateTime,
            Subject = new ClaimsIdentity([new Claim("sub", $"{Guid.NewGuid()}"), new Claim("role", hub)]),
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(ApiHost.SigningKey)), SecurityAlgorithms.HmacSha256),
        });
        (await Should.ThrowAsync<HandshakeRefusedException>(() => RawSocket.OpenAsync(server.Address, token, hub))).Status.ShouldBe(401);
        using var http = new HttpClient { BaseAddress = server.Address };
        using var negotiate = new HttpRequestMessage(HttpMethod.Post, $"hubs/{hub}/negotiate?negotiateVersion=1");
        negotiate.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        var answer = await http.SendAsync(negotiate);
        await answer.ShouldBeRefusedAsync(401, "unauthenticated");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("has expired");
    }

    [Fact]
    public async Task TokenThatNamesNobody_IsToldSoAndClosed()
    {
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "dispatch",
            Audience = "dispatch",
            Subject = new ClaimsIdentity([new Claim("sub", "ann"), new Claim("role", Roles.Worker)]),
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(ApiHost.SigningKey)), SecurityAlgorithms.HmacSha256),
        });
        await using var socket = await RawSocket.ConnectAsync(server.Address, token);
        (await socket.UntilClosedAsync()).ShouldContain("unauthenticated: ");
    }

    [Fact]
    public async Task WorkerNobodyKnows_IsToldSo()
    {
        await using var socket = await RawSocket.ConnectAsync(server.Address, Token());
        var completion = (await socket.CallAsync("Connect", "null")).ShouldNotBeNull();
        completion.GetProperty("error").GetString()!.ShouldContain("unknown_worker: ");
    }

    [Fact]
    public async Task TokenInTheQuery_ReachesNoLog()
    {
        await using var bench = await server.BenchAsync();
        var signature = bench.Worker.Token.Split('.')[2];
        server.Logs.ShouldNotBeEmpty();
        server.Logs.ShouldNotContain(line => line.Contains(signature, StringComparison.Ordinal) || line.Contains("access_token=", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("file://")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("https://console.example.org.evil.example")]
    [InlineData("https://console.example.org:444")]
    [InlineData("http://console.example.org")]
    [InlineData("chrome-extension://abcdef")]
    public async Task PageOfSomebodyElse_IsRefused(string origin)
    {
        var token = await server.TokenAsync();
        (await Should.ThrowAsync<HandshakeRefusedException>(() => RawSocket.OpenAsync(server.Address, token.Token, origin: origin))).Status.ShouldBe(403);
        using var http = new HttpClient { BaseAddress = server.Address };
        using var negotiate = new HttpRequestMessage(HttpMethod.Post, $"hubs/worker/negotiate?negotiateVersion=1&access_token={token.Token}");
        negotiate.Headers.TryAddWithoutValidation("Origin", origin);
        await (await http.SendAsync(negotiate)).ShouldBeRefusedAsync(403, "forbidden", "Origin");
        await server.ShouldStillServeAsync();
    }

    [Fact]
    public async Task OwnPage_AllowedPageAndNoPageAtAll_AreTaken()
    {
        var token = await server.TokenAsync();
        foreach (var origin in (string?[])[null, server.Address.GetLeftPart(UriPartial.Authority), "https://console.example.org"])
        {
            await using var socket = await RawSocket.ConnectAsync(server.Address, token.Token, origin: origin);
            (await socket.ResultAsync("Connect", "null")).GetProperty("workerId").GetGuid().ShouldBe(token.WorkerId, origin);
        }
    }

    /// <summary>Before a page of another origin may negotiate, its browser asks; without the answer the option would open half a door.</summary>
    [Fact]
    public async Task AllowedPage_MayNegotiate()
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        using var ask = new HttpRequestMessage(HttpMethod.Options, "hubs/worker/negotiate?negotiateVersion=1");
        ask.Headers.Add("Origin", "https://console.example.org");
        ask.Headers.Add("Access-Control-Request-Method", "POST");
        ask.Headers.Add("Access-Control-Request-Headers", "authorization,x-signalr-user-agent");
        var reply = await http.SendAsync(ask);
        reply.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        reply.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["https://console.example.org"]);
    }
}
