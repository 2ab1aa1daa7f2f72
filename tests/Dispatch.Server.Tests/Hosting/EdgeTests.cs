using System.Net;
using System.Net.Http.Json;
using Dispatch.Contracts.Api;
using Dispatch.Server.Edge;
using Dispatch.Server.Tests.Api;

namespace Dispatch.Server.Tests.Hosting;

/// <summary>What a server shows to whoever knocks: probes that go wrong, names it does not have, pages that embed it, machines that are not its own.</summary>
public sealed class EdgeTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Theory]
    [InlineData("health")]
    [InlineData("healthz")]
    [InlineData("health/readyy")]
    [InlineData("metrics")]
    [InlineData("version")]
    [InlineData("no/such/page")]
    [InlineData("favicon.png")]
    public async Task AddressThatNothingServes_Answers404InWords(string address)
    {
        using var anyone = Anyone();
        using var response = await anyone.GetAsync(address);
        await response.ShouldBeRefusedAsync(404, "not_found");
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("evil.example:5080", false)]
    [InlineData("localhost.evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("[::1]:5080", true)]
    public async Task NameThatTheServerDoesNotHave_IsRefused(string host, bool passes)
    {
        using var anyone = Anyone();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/dev/token") { Content = JsonContent.Create(new DevTokenRequest { Name = "me", Roles = ["admin"] }) };
        request.Headers.Host = host;
        request.Headers.Add("Origin", $"http://{host}");
        using var response = await anyone.SendAsync(request);
        if (passes) response.StatusCode.ShouldBe(HttpStatusCode.OK);
        else await response.ShouldBeRefusedAsync(421, "forbidden", "Host");
    }

    [Fact]
    public async Task Probes_AreAnsweredUnderAnyName()
    {
        using var anyone = Anyone();
        using var request = new HttpRequestMessage(HttpMethod.Get, "health/live");
        request.Headers.Host = "whatever.the.balancer.says";
        (await anyone.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("dispatch.example.org", "dispatch.example.org", true)]
    [InlineData("DISPATCH.example.org", "dispatch.EXAMPLE.org", true)]
    [InlineData("a.example.org", "*.example.org", true)]
    [InlineData("example.org", "*.example.org", false)]
    [InlineData(".example.org", "*.example.org", false)]
    [InlineData("badexample.org", "*.example.org", false)]
    [InlineData("anything", "*", true)]
    [InlineData("", "dispatch.example.org", false)]
    [InlineData("192.0.2.7", "dispatch.example.org", true)]
    public void Names_AreComparedAsTheSettingSays(string host, string allowed, bool passes) => HostNames.IsAllowed(host, [allowed]).ShouldBe(passes);

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("Forwarded", "for=203.0.113.9")]
    public async Task TokenForTheAsking_IsNotGivenBeyondThisMachine(string header, string value)
    {
        using var anyone = Anyone();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/dev/token") { Content = JsonContent.Create(new DevTokenRequest { Name = "me", Roles = ["admin"] }) };
        request.Headers.Add(header, value);
        await (await anyone.SendAsync(request)).ShouldBeRefusedAsync(403, "forbidden");
    }

    [Theory]
    [InlineData("health/live")]
    [InlineData("api/v1/projects")]
    [InlineData("openapi/v1.json")]
    [InlineData("api")]
    [InlineData("no/such/page")]
    [InlineData("hubs/worker/negotiate")]
    public async Task EveryResponse_KeepsBrowsersApart(string address)
    {
        using var anyone = Anyone();
        using var response = await anyone.GetAsync(address);
        string[] Values(string header) => response.Headers.TryGetValues(header, out var values) ? [.. values] : [];
        Values("X-Content-Type-Options").ShouldBe(["nosniff"]);
        Values("X-Frame-Options").ShouldBe(["DENY"]);
        Values("Referrer-Policy").ShouldBe(["no-referrer"]);
        var policy = Values("Content-Security-Policy").ShouldHaveSingleItem();
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldContain("object-src 'none'");
        policy.ShouldNotContain("'unsafe-eval'");
        if (address != "api") policy.ShouldNotContain("script-src 'self' 'unsafe-inline'");
        if (address.StartsWith("api/v1", StringComparison.Ordinal)) response.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Theory]
    [InlineData("PUT", "workers/{0}/projects/{1}")]
    [InlineData("DELETE", "workers/{0}/projects/{1}")]
    public async Task ConditionThatACallDoesNotCompare_IsRefused(string method, string address)
    {
        var (project, _) = await server.SeedAsync(1);
        using var request = new HttpRequestMessage(new HttpMethod(method), $"api/v1/{string.Format(System.Globalization.CultureInfo.InvariantCulture, address, Guid.NewGuid(), project)}");
        request.Headers.TryAddWithoutValidation("If-Match", "\"999\"");
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        await (await server.Boss.SendAsync(request)).ShouldBeRefusedAsync(400, "malformed_request", "If-Match");
    }

    [Theory]
    [InlineData("projects?sort=name")]
    [InlineData("batches/{0}/export?format=jsonl&minConfidence=0.9")]
    [InlineData("batches/{0}/export?gold=false")]
    [InlineData("batches/{0}?since=2026-01-01")]
    [InlineData("workers?cursor=&Limits=3")]
    public async Task ParameterThatACallDoesNotRead_IsRefused(string address)
    {
        var (_, batch) = await server.SeedAsync(1);
        using var response = await server.Boss.GetAsync($"api/v1/{string.Format(System.Globalization.CultureInfo.InvariantCulture, address, batch)}");
        await response.ShouldBeRefusedAsync(400, "malformed_request");
    }

    [Fact]
    public async Task ParameterOfAnAddressThatIsNotThere_IsNotWhatIsRefused() =>
        await (await server.Boss.GetAsync("api/v1/no/such?x=1")).ShouldBeRefusedAsync(404, "not_found");

    private HttpClient Anyone() => new() { BaseAddress = server.Address };
}
