using System.Net;
using System.Security.Claims;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Auth;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Tests.Api;

/// <summary>Bad input B-19 and B-27, and the development door.</summary>
public sealed class AuthTests(ApiHost host) : IClassFixture<ApiHost>, IAsyncLifetime
{
    public Task InitializeAsync() => host.RegisterAsync(Subject, Roles.Admin);

    public Task DisposeAsync() => Task.CompletedTask;

    private static readonly Guid Subject = Guid.NewGuid();

    private static string Token(string issuer = "dispatch", string audience = "dispatch", int fromMinutes = -5, int toMinutes = 5, string? key = null, string algorithm = SecurityAlgorithms.HmacSha256) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = audience,
        NotBefore = TimeProvider.System.GetUtcNow().AddMinutes(fromMinutes).UtcDateTime,
        Expires = TimeProvider.System.GetUtcNow().AddMinutes(toMinutes).UtcDateTime,
        Subject = new ClaimsIdentity([new Claim("sub", Subject.ToString()), new Claim("role", Roles.Admin)]),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(key ?? ApiHost.SigningKey)), algorithm),
    });

    private static string Unsigned()
    {
        static string Part(string json) => Base64UrlEncoder.Encode(json);
        return $"{Part("""{"alg":"none","typ":"JWT"}""")}.{Part($$"""{"sub":"{{Subject}}","role":"admin","iss":"dispatch","aud":"dispatch","exp":4102444800}""")}.";
    }

    public static TheoryData<string, string> BadTokens => new()
    {
        { "nothing at all", "" },
        { "not a token", "hello" },
        { "expired", Token(fromMinutes: -60, toMinutes: -1) },
        { "not valid yet", Token(fromMinutes: 600, toMinutes: 660) },
        { "another issuer", Token(issuer: "somebody") },
        { "another audience", Token(audience: "elsewhere") },
        { "another key", Token(key: Convert.ToBase64String(Encoding.ASCII.GetBytes("another key of more than thirty-two bytes, of no use"))) },
        { "another algorithm", Token(algorithm: SecurityAlgorithms.HmacSha384) },
        { "no algorithm", Unsigned() },
        { "changed afterwards", Token()[..^4] + "AAAA" },
    };

    [Fact]
    public async Task GoodToken_OpensTheDoor()
    {
        using var client = host.As(Token());
        (await client.GetAsync("api/v1/projects")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task TokenOfAServerWhoseClockIsAhead_OpensTheDoor()
    {
        var ahead = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(4));
        var key = new TokenKey(new SymmetricSecurityKey(Convert.FromBase64String(ApiHost.SigningKey)));
        using var client = host.As(new TokenIssuer(key, Options.Create(new AuthOptions()), ahead).Issue(Subject, [Roles.Admin]).Token);
        (await client.GetAsync("api/v1/projects")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public async Task BadToken_IsRefused(string what, string token)
    {
        using var client = token.Length == 0 ? host.Anonymous() : host.As(token);
        var response = await client.GetAsync("api/v1/projects");
        await response.ShouldBeRefusedAsync(401, "unauthenticated");
        response.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer", what);
    }

    [Fact]
    public async Task TokenInTheQuery_CountsForHubsOnlyAndReachesNoLog()
    {
        using var client = host.Anonymous();
        var token = Token();
        (await client.GetAsync($"hubs/whoami?access_token={token}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await client.GetAsync($"api/v1/projects?access_token={token}")).ShouldBeRefusedAsync(401, "unauthenticated");
        host.Logs.ShouldNotContain(line => line.Contains(token, StringComparison.Ordinal) || line.Contains("access_token", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Roles.Worker, "GET", "api/v1/projects")]
    [InlineData(Roles.Worker, "GET", "api/v1/workers")]
    [InlineData(Roles.Worker, "POST", "api/v1/batches/00000000-0000-0000-0000-000000000001/open")]
    [InlineData(Roles.Worker, "GET", "api/v1/batches/00000000-0000-0000-0000-000000000001/export")]
    [InlineData(Roles.Worker, "GET", "api/v1/assignments/00000000-0000-0000-0000-000000000001")]
    [InlineData(Roles.Reviewer, "POST", "api/v1/projects")]
    [InlineData(Roles.Producer, "GET", "api/v1/workers")]
    [InlineData(Roles.Producer, "GET", "api/v1/projects/00000000-0000-0000-0000-000000000001/presence")]
    [InlineData(Roles.Producer, "GET", "api/v1/assignments/00000000-0000-0000-0000-000000000001")]
    [InlineData(Roles.Supervisor, "POST", "api/v1/projects")]
    [InlineData(Roles.Supervisor, "POST", "api/v1/batches/00000000-0000-0000-0000-000000000001/imports")]
    public async Task WithoutTheRole_IsForbidden(string role, string method, string path)
    {
        using var client = host.As(Guid.NewGuid(), role);
        var body = method == "GET" ? null : new StringContent("{}", Encoding.UTF8, path.EndsWith("imports", StringComparison.Ordinal) ? "application/x-ndjson" : "application/json");
        await (await client.SendAsync(HttpMethod.Parse(method), path, body, "k")).ShouldBeRefusedAsync(403, "forbidden");
    }

    [Fact]
    public async Task Supervisor_NeitherMakesNorChangesAnAdmin()
    {
        using var admin = host.Admin();
        using var supervisor = host.As(Guid.NewGuid(), Roles.Supervisor);
        var boss = (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"boss {Guid.NewGuid()}", Roles = [Roles.Admin] })).ReadAsync<CreatedDto>()).Id;
        var worker = (await (await supervisor.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}" })).ReadAsync<CreatedDto>()).Id;
        await (await supervisor.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = "b", Roles = [Roles.Admin] })).ShouldBeRefusedAsync(403, "forbidden", "$.roles");
        await (await supervisor.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{worker}", """{"roles":["admin"]}""")).ShouldBeRefusedAsync(403, "forbidden");
        await (await supervisor.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{boss}", """{"isActive":false}""")).ShouldBeRefusedAsync(403, "forbidden");
        await (await supervisor.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{boss}", """{"roles":["worker"]}""")).ShouldBeRefusedAsync(403, "forbidden");
    }

    [Fact]
    public async Task Deactivated_TokenOpensNothingMore()
    {
        using var admin = host.Admin();
        var id = (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"p {Guid.NewGuid()}", Roles = [Roles.Producer] })).ReadAsync<CreatedDto>()).Id;
        using var producer = host.As(id, Roles.Producer);
        (await producer.GetAsync("api/v1/projects")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await admin.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{id}", """{"isActive":false}""");
        await (await producer.GetAsync("api/v1/projects")).ShouldBeRefusedAsync(403, "worker_deactivated");
        await admin.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{id}", """{"isActive":true}""");
        (await producer.GetAsync("api/v1/projects")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task DevelopmentDoor_MakesThePersonOnceAndEnrols()
    {
        using var anyone = host.Anonymous();
        var project = await host.ProjectAsync();
        var request = new DevTokenRequest { Name = $"Ada {Guid.NewGuid()}", Roles = [Roles.Worker], ProjectIds = [project, project] };
        var first = await (await anyone.SendJsonAsync(HttpMethod.Post, "api/v1/dev/token", request)).ReadAsync<DevTokenDto>();
        var again = await (await anyone.SendJsonAsync(HttpMethod.Post, "api/v1/dev/token", request)).ReadAsync<DevTokenDto>();
        again.WorkerId.ShouldBe(first.WorkerId);
        first.ExpiresAt.ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddHours(1));
        using var admin = host.Admin();
        (await (await admin.GetAsync($"api/v1/workers?projectId={project}")).ReadAsync<PageDto<WorkerDto>>()).Items.Single().WorkerId.ShouldBe(first.WorkerId);

        await (await anyone.SendJsonAsync(HttpMethod.Post, "api/v1/dev/token", request with { ProjectIds = [Guid.NewGuid()] })).ShouldBeRefusedAsync(404, "unknown_project");
        await (await anyone.SendJsonAsync(HttpMethod.Post, "api/v1/dev/token", request with { Roles = ["boss"] })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.roles");
        await admin.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{first.WorkerId}", """{"isActive":false}""");
        await (await anyone.SendJsonAsync(HttpMethod.Post, "api/v1/dev/token", request)).ShouldBeRefusedAsync(403, "worker_deactivated");
    }

    [Fact]
    public async Task OutsideDevelopment_TheDoorDoesNotExist()
    {
        var production = await ApiHost.StartAsync(new ApiHost { Environment = "Production" });
        try
        {
            using var admin = production.Admin();
            await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/dev/token", new DevTokenRequest { Name = "Ada" })).ShouldBeRefusedAsync(404, "not_found");
            await (await admin.GetAsync("api/v1/dev/token")).ShouldBeRefusedAsync(404, "not_found");
        }
        finally
        {
            await production.DisposeAsync();
        }
    }

    [Fact]
    public void Configuration_Nonsense_IsReportedAllAtOnce()
    {
        var validator = new AuthOptionsValidator(new HostingEnvironment { EnvironmentName = "Production" });
        var failures = validator.Validate(null, new AuthOptions { SigningKey = "short", Authority = "http://plain", Audience = " ", DevTokenLife = TimeSpan.Zero }).Failures!.ToList();
        failures.Count.ShouldBe(5);
        validator.Validate(null, new AuthOptions()).Failures!.Single().ShouldContain("Dispatch:Auth:SigningKey");
        validator.Validate(null, new AuthOptions { SigningKey = ApiHost.SigningKey }).Succeeded.ShouldBeTrue();
        new AuthOptionsValidator(new HostingEnvironment { EnvironmentName = "Development" }).Validate(null, new AuthOptions()).Succeeded.ShouldBeTrue();
    }
}
