using System.Net;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;

namespace Dispatch.Server.Tests.Api;

/// <summary>What the API refuses, whoever notices it: us, the router, the binder or the server below.</summary>
public sealed class RefusalTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Form = """ "form":{"type":"preference","binding":{"id":"id","prompt":"p","responses":["x","y"]}} """;

    [Theory]
    [InlineData("GET", "api/v1/nowhere", 404, "not_found")]
    [InlineData("POST", "api/v1/nowhere", 404, "not_found")]
    [InlineData("GET", "api/v1/projects/not-an-id", 404, "not_found")]
    [InlineData("GET", "api/v1/projects/00000000-0000-0000-0000-000000000001", 404, "unknown_project")]
    [InlineData("GET", "api/v1/batches/00000000-0000-0000-0000-000000000001", 404, "unknown_batch")]
    [InlineData("GET", "api/v1/batches/00000000-0000-0000-0000-000000000001/tasks", 404, "unknown_batch")]
    [InlineData("GET", "api/v1/batches/00000000-0000-0000-0000-000000000001/export", 404, "unknown_batch")]
    [InlineData("POST", "api/v1/batches/00000000-0000-0000-0000-000000000001/open", 404, "unknown_batch")]
    [InlineData("GET", "api/v1/projects/00000000-0000-0000-0000-000000000001/batches", 404, "unknown_project")]
    [InlineData("GET", "api/v1/imports/00000000-0000-0000-0000-000000000001", 404, "unknown_import")]
    [InlineData("GET", "api/v1/workers/00000000-0000-0000-0000-000000000001", 404, "unknown_worker")]
    [InlineData("GET", "api/v1/workers?projectId=00000000-0000-0000-0000-000000000001", 404, "unknown_project")]
    [InlineData("GET", "api/v1/assignments/00000000-0000-0000-0000-000000000001", 404, "unknown_assignment")]
    [InlineData("DELETE", "api/v1/projects", 405, "malformed_request")]
    [InlineData("PUT", "api/v1/workers", 405, "malformed_request")]
    [InlineData("POST", "api/v1/forms", 405, "malformed_request")]
    [InlineData("GET", "api/v1/projects?limit=0", 400, "value_out_of_range")]
    [InlineData("GET", "api/v1/projects?limit=201", 400, "value_out_of_range")]
    [InlineData("GET", "api/v1/projects?limit=1000000000", 400, "value_out_of_range")]
    [InlineData("GET", "api/v1/projects?limit=many", 400, "malformed_request")]
    [InlineData("GET", "api/v1/workers?limit=-1", 400, "value_out_of_range")]
    [InlineData("GET", "api/v1/workers?projectId=x", 400, "malformed_request")]
    public async Task Address_IsRefusedWithItsCode(string method, string path, int status, string code)
    {
        using var admin = host.Admin();
        await (await admin.SendAsync(HttpMethod.Parse(method), path, content: null, Guid.NewGuid().ToString())).ShouldBeRefusedAsync(status, code);
    }

    [Fact]
    public async Task WrongMethod_SaysWhichAreTaken()
    {
        using var admin = host.Admin();
        var response = await admin.SendAsync(HttpMethod.Delete, "api/v1/projects", content: null, "k");
        response.Content.Headers.Allow.ShouldBe(["GET", "POST"]);
    }

    [Theory]
    [InlineData("{", "$")]
    [InlineData("", null)]
    [InlineData("[]", "$")]
    [InlineData("{}", null)]
    [InlineData("""{"name":1,"form":null}""", "$.name")]
    [InlineData("{\"name\":null," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"n\",\"colour\":1," + Form + "}", "$.colour")]
    [InlineData("{\"name\":\"n\",\"name\":\"m\"," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"n\",\"leaseSeconds\":\"600\"," + Form + "}", "$.leaseSeconds")]
    [InlineData("{\"name\":\"n\",\"leaseSeconds\":6.5," + Form + "}", "$.leaseSeconds")]
    [InlineData("{\"name\":\"n\",\"leaseSeconds\":1e400," + Form + "}", "$.leaseSeconds")]
    [InlineData("{\"name\":\"n\",\"leaseSeconds\":NaN," + Form + "}", "$.leaseSeconds")]
    [InlineData("""{"name":"n","form":{"type":"preference","binding":null}}""", "$.form.binding")]
    public async Task ProjectBody_CannotBeRead_IsMalformed(string body, string? place)
    {
        using var admin = host.Admin();
        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", body)).ShouldBeRefusedAsync(400, "malformed_request", place);
    }

    [Theory]
    [InlineData("{\"name\":\"\"," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"  \"," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"nul \\u0000\"," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"half \\ud800\"," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"two\\nlines\"," + Form + "}", "$.name")]
    [InlineData("{\"name\":\"n\",\"leaseSeconds\":0," + Form + "}", "$.leaseSeconds")]
    [InlineData("{\"name\":\"n\",\"leaseSeconds\":-5," + Form + "}", "$.leaseSeconds")]
    [InlineData("{\"name\":\"n\",\"instructions\":\"\\u0000\"," + Form + "}", "$.instructions")]
    public async Task ProjectBody_OutOfRange_IsRefusedAtThePlace(string body, string place)
    {
        using var admin = host.Admin();
        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", body)).ShouldBeRefusedAsync(400, "value_out_of_range", place);
    }

    [Fact]
    public async Task NameOverTheLimit_IsRefused()
    {
        using var admin = host.Admin();
        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", "{\"name\":\"" + new string('n', Limits.NameCharacters + 1) + "\"," + Form + "}")).ShouldBeRefusedAsync(400, "value_out_of_range", "$.name");
    }

    [Fact]
    public async Task FormWithManyFaults_ReportsThemAll()
    {
        using var admin = host.Admin();
        var body = """{"name":"n","form":{"type":"preference","settings":{"tie":"yes","strength":99},"binding":{"id":"id","prompt":7,"responses":["x"]}}}""";
        var problem = await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", body)).ShouldBeRefusedAsync(400, "invalid_form");
        foreach (var place in (string[])["$.form.settings.tie", "$.form.settings.strength", "$.form.binding.prompt", "$.form.binding.responses"]) problem.GetProperty("title").GetString()!.ShouldContain(place);
    }

    [Fact]
    public async Task UnknownForm_SaysWhichThereAre()
    {
        using var admin = host.Admin();
        var problem = await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", """{"name":"n","form":{"type":"dance","binding":{}}}""")).ShouldBeRefusedAsync(400, "unknown_form", "$.form.type");
        problem.GetProperty("remedy").GetString()!.ShouldContain("choice, correction, preference, ranking, rating, spans");
    }

    [Fact]
    public async Task DeepNesting_IsRefusedAndHarmsNothing()
    {
        using var admin = host.Admin();
        foreach (var depth in (int[])[Limits.JsonDepth + 1, 10_000])
        {
            var body = "{\"name\":\"n\",\"form\":{\"type\":\"preference\",\"binding\":{},\"settings\":" + new string('[', depth) + new string(']', depth) + "}}";
            await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", body)).ShouldBeRefusedAsync(400, "malformed_request");
        }
    }

    [Theory]
    [InlineData(2 * 1024 * 1024)]
    [InlineData(20 * 1024 * 1024)]
    public async Task HugeBody_IsRefused(int bytes)
    {
        using var admin = host.Admin();
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/projects") { Content = new StringContent($$"""{"name":"{{new string('n', bytes)}}"}""", Encoding.UTF8, "application/json") };
        request.Headers.Add("Idempotency-Key", "k");
        request.Headers.ExpectContinue = true;
        await (await admin.SendAsync(request)).ShouldBeRefusedAsync(413, "payload_too_large");
    }

    [Theory]
    [InlineData("api/v1/projects", "text/plain")]
    [InlineData("api/v1/projects", "application/xml")]
    [InlineData("api/v1/batches/00000000-0000-0000-0000-000000000001/imports", "application/json")]
    public async Task WrongContentType_IsRefused(string path, string type)
    {
        using var admin = host.Admin();
        await (await admin.SendTextAsync(HttpMethod.Post, path, "{}", type: type)).ShouldBeRefusedAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task EveryChangeWithoutKey_IsRefused()
    {
        using var admin = host.Admin();
        var (project, id) = (await host.ProjectAsync(), Guid.NewGuid());
        foreach (var (method, path, body) in (ValueTuple<HttpMethod, string, string>[])
        [
            (HttpMethod.Post, "api/v1/projects", "{\"name\":\"n\"," + Form + "}"),
            (HttpMethod.Put, $"api/v1/projects/{project}", "{\"name\":\"n\"," + Form + "}"),
            (HttpMethod.Post, $"api/v1/projects/{project}/batches", """{"name":"b"}"""),
            (HttpMethod.Post, $"api/v1/batches/{id}/open", "{}"),
            (HttpMethod.Patch, $"api/v1/batches/{id}", """{"priority":1}"""),
            (HttpMethod.Post, "api/v1/workers", """{"name":"w"}"""),
            (HttpMethod.Patch, $"api/v1/workers/{id}", "{}"),
            (HttpMethod.Put, $"api/v1/workers/{id}/projects/{project}", "{}"),
            (HttpMethod.Delete, $"api/v1/workers/{id}/projects/{project}", "{}"),
        ])
        {
            await (await admin.SendAsync(method, path, new StringContent(body, Encoding.UTF8, "application/json"), key: null)).ShouldBeRefusedAsync(400, "operation_id_missing", "Idempotency-Key");
        }

        await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = "w" }, new string('k', Limits.IdempotencyKeyCharacters + 1))).ShouldBeRefusedAsync(400, "operation_id_missing");
    }

    [Theory]
    [InlineData("""{"name":"b","overlap":0}""", "$.overlap")]
    [InlineData("""{"name":"b","overlap":101}""", "$.overlap")]
    [InlineData("""{"name":"b","priority":1000001}""", "$.priority")]
    [InlineData("""{"name":"b","gold":{"use":"share","share":1.5}}""", "$.gold.share")]
    [InlineData("""{"name":"b","gold":{"use":"share","share":-0.1}}""", "$.gold.share")]
    [InlineData("""{"name":"b","gold":{"use":"all","share":0.5}}""", "$.gold.share")]
    [InlineData("""{"name":"b","gold":{"use":"unspecified"}}""", "$.gold.use")]
    [InlineData("""{"name":"b","tier":"unspecified"}""", "$.tier")]
    public async Task BatchBody_OutOfRange_IsRefusedAtThePlace(string body, string place)
    {
        using var admin = host.Admin();
        var project = await host.ProjectAsync();
        await (await admin.SendTextAsync(HttpMethod.Post, $"api/v1/projects/{project}/batches", body)).ShouldBeRefusedAsync(400, "value_out_of_range", place);
    }

    [Theory]
    [InlineData("""{"name":"b","tier":"silver"}""", "$.tier")]
    [InlineData("""{"name":"b","tier":2}""", "$.tier")]
    [InlineData("""{"name":"b","gold":null}""", "$.gold")]
    [InlineData("""{"name":"b","gold":{"use":"share","share":NaN}}""", "$.gold.share")]
    public async Task BatchBody_CannotBeRead_IsMalformed(string body, string place)
    {
        using var admin = host.Admin();
        var project = await host.ProjectAsync();
        await (await admin.SendTextAsync(HttpMethod.Post, $"api/v1/projects/{project}/batches", body)).ShouldBeRefusedAsync(400, "malformed_request", place);
    }

    [Theory]
    [InlineData("""{"name":"w","roles":[]}""", "$.roles")]
    [InlineData("""{"name":"w","roles":["boss"]}""", "$.roles")]
    [InlineData("""{"name":"w","roles":[null]}""", "$.roles")]
    [InlineData("""{"name":"w","capacity":0}""", "$.capacity")]
    [InlineData("""{"name":"w","capacity":17}""", "$.capacity")]
    [InlineData("""{"name":"w","labels":[]}""", "$.labels")]
    [InlineData("""{"name":"w","labels":{"a":{"b":1}}}""", "$.labels")]
    [InlineData("""{"name":"w","labels":{"a":null}}""", "$.labels")]
    [InlineData("""{"name":"w","labels":{"a":"nul \u0000"}}""", "$.labels.a")]
    [InlineData("""{"name":"w","labels":{"a":"half \ud800"}}""", "$.labels.a")]
    [InlineData("""{"name":"w","labels":{"\udc00":"a"}}""", "$.labels")]
    [InlineData("""{"name":"w","labels":{"a":1e400}}""", "$.labels")]
    [InlineData("""{"name":"w","displayName":"a\u0007"}""", "$.displayName")]
    public async Task WorkerBody_OutOfRange_IsRefusedAtThePlace(string body, string place)
    {
        using var admin = host.Admin();
        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/workers", body)).ShouldBeRefusedAsync(400, "value_out_of_range", place);
    }

    [Fact]
    public async Task NamesOfEveryScript_AreKeptAsTheyAre()
    {
        using var admin = host.Admin();
        foreach (var name in (string[])["<script>alert(1)</script>", "Robert'); DROP TABLE worker;--", "=cmd|' /C calc'!A0", "\U0001F600", "\u00e9", "\u05D0\u05D1\u05D2", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"])
        {
            var id = (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = name })).ReadAsync<CreatedDto>()).Id;
            (await (await admin.GetAsync($"api/v1/workers/{id}")).ReadAsync<WorkerDto>()).Name.ShouldBe(name);
        }
    }

    [Theory]
    [InlineData("3")]
    [InlineData("\"x\"")]
    [InlineData("\"\"")]
    [InlineData("\"-1\"")]
    [InlineData("W/\"1\"")]
    [InlineData("\"99999999999\"")]
    public async Task IfMatch_NotOurs_IsRefused(string tag)
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 1 }, ifMatch: tag)).ShouldBeRefusedAsync(400, "malformed_request", "If-Match");
    }

    [Fact]
    public async Task UnknownAddressOutsideTheApi_IsNotOurs()
    {
        using var admin = host.Admin();
        (await admin.GetAsync("anything")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
