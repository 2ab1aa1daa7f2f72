using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.Api;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>
/// Every place where text can stand in a call is walked: each parameter and each member of each body of the OpenAPI document, and each argument of each method of the hubs. A place
/// that is added later is walked, too.
/// </summary>
[Collection(nameof(HubServer))]
public sealed class TextWalkTests
{
    private static readonly string[] Unstorable = ["a\\u0000b", "a\\ud800b", "a\\udc00", "\\udc00\\ud800"];
    private static readonly string[] UnstorableInAddress = ["%00", "a%00b", "%ed%a0%80", "%ff", "%c0%80"];
    private static readonly string[] NotInNames = ["a\u202eb", "a\u2066b", "a\u200bb", "ad\u200dmin", "a\ufeffb", "a\u2028b", "\u3164"];

    [Fact]
    public Task Text_EverywhereOnSqlite_IsRefusedAlike() => RunAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Text_EverywhereOnPostgreSql_IsRefusedAlike() => RunAsync(postgreSql: true);

    private static async Task RunAsync(bool postgreSql)
    {
        var server = new HubServer();
        await server.StartAsync(postgreSql);
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Api.Token);
        try
        {
            var (project, batch) = await server.SeedAsync();
            await WalkApiAsync(http, project, batch);
            await NamesAsync(http, project);
            await using var bench = await server.BenchAsync();
            await WalkHubAsync(bench.Socket, typeof(IWorkerHub));
            await using var boss = await RawSocket.ConnectAsync(server.Address, server.Api.Token!, hub: "supervisor");
            await WalkHubAsync(boss, typeof(ISupervisorHub));
            await bench.ShouldBeUntouchedAsync();
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    private static async Task WalkApiAsync(HttpClient http, Guid project, Guid batch)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync("openapi/v1.json"));
        var (parameters, members) = (0, 0);
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            var address = path.Name.TrimStart('/').Replace("{projectId}", $"{project}", StringComparison.Ordinal).Replace("{batchId}", $"{batch}", StringComparison.Ordinal);
            while (address.IndexOf('{') is >= 0 and var open) address = address[..open] + Guid.NewGuid() + address[(address.IndexOf('}') + 1)..];
            foreach (var call in path.Value.EnumerateObject())
            {
                var method = new HttpMethod(call.Name.ToUpperInvariant());
                if (method.Method == "PARAMETERS") continue;
                if (call.Value.TryGetProperty("parameters", out var declared))
                {
                    foreach (var name in declared.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query").Select(parameter => parameter.GetProperty("name").GetString()!))
                    {
                        parameters++;
                        foreach (var bad in UnstorableInAddress)
                        {
                            using var request = new HttpRequestMessage(method, $"{address}?{name}={bad}");
                            await RefusedAsync(http, request, name);
                        }
                    }
                }

                foreach (var member in StringsOf(document.RootElement, call.Value))
                {
                    members++;
                    foreach (var bad in Unstorable)
                    {
                        using var request = new HttpRequestMessage(method, address) { Content = new StringContent(member.Body.Replace("\"?\"", $"\"{bad}\"", StringComparison.Ordinal), Encoding.UTF8, "application/json") };
                        await RefusedAsync(http, request, member.Place);
                    }
                }
            }
        }

        parameters.ShouldBeGreaterThan(20);
        members.ShouldBeGreaterThan(30);
        foreach (var header in (string[])["Idempotency-Key", "X-Reason"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"api/v1/batches/{batch}/pause");
            request.Headers.TryAddWithoutValidation(header, "a\u001fb");
            await RefusedAsync(http, request, header);
        }
    }

    private static async Task RefusedAsync(HttpClient http, HttpRequestMessage request, string place)
    {
        if (!request.Headers.Contains("Idempotency-Key")) request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var what = $"{request.Method} {request.RequestUri} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync())}: {(int)response.StatusCode} {text}";
        using var problem = JsonDocument.Parse(text);
        var code = problem.RootElement.GetProperty("code").GetString();

        // A cursor is never stored: its list says what is wrong with one that was made up, or what else is missing in the call.
        if (place == "cursor" && (int)response.StatusCode is >= 400 and < 500 && code is not null) return;
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest, what);
        code.ShouldBe("value_out_of_range", what);
        (problem.RootElement.TryGetProperty("place", out var told) ? told.GetString() : null).ShouldBe(place, what);
    }

    /// <summary>A body for each string in the schema of a call, with "?" in that one place.</summary>
    private static IEnumerable<(string Body, string Place)> StringsOf(JsonElement document, JsonElement call)
    {
        if (!call.TryGetProperty("requestBody", out var body) || !body.GetProperty("content").TryGetProperty("application/json", out var json)) return [];
        return Walk(document, json.GetProperty("schema"), "$", depth: 0);
    }

    private static IEnumerable<(string Body, string Place)> Walk(JsonElement document, JsonElement schema, string place, int depth)
    {
        if (depth > 6) yield break;
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = document;
            foreach (var step in reference.GetString()!.TrimStart('#', '/').Split('/')) target = target.GetProperty(step);
            foreach (var found in Walk(document, target, place, depth + 1)) yield return found;
            yield break;
        }

        foreach (var kind in (string[])["oneOf", "anyOf", "allOf"])
        {
            if (!schema.TryGetProperty(kind, out var choices)) continue;
            foreach (var found in choices.EnumerateArray().SelectMany(choice => Walk(document, choice, place, depth + 1))) yield return found;
        }

        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                foreach (var found in Walk(document, property.Value, $"{place}.{property.Name}", depth + 1)) yield return ($$"""{"{{property.Name}}":{{found.Body}}}""", found.Place);
            }
        }
        else if (schema.TryGetProperty("items", out var items))
        {
            foreach (var found in Walk(document, items, $"{place}[0]", depth + 1)) yield return ($"[{found.Body}]", found.Place);
        }
        else
        {
            // Whatever it is meant to hold: a string can be sent there. And a name of a member can be wrong anywhere.
            yield return ("\"?\"", place);
            yield return ("{\"?\":1}", place);
        }
    }

    private static async Task NamesAsync(HttpClient http, Guid project)
    {
        foreach (var bad in NotInNames)
        {
            var name = JsonSerializer.Serialize(bad);
            await BadNameAsync(http, "projects", Filled("""{"name":NAME,"form":{"type":"preference","binding":{"id":"id","prompt":"p","responses":["x","y"]}}}""", name), "$.name");
            await BadNameAsync(http, "projects", Filled("""{"name":"UNIQUE","form":{"type":"choice","settings":{"options":["x",{"key":"y","label":NAME}]},"binding":{"id":"id","prompt":"p"}}}""", name), "$.form.settings.options[1].label");
            await BadNameAsync(http, "projects", Filled("""{"name":"UNIQUE","form":{"type":"choice","settings":{"options":["x",NAME]},"binding":{"id":"id","prompt":"p"}}}""", name), "$.form.settings.options[1]");
            await BadNameAsync(http, $"projects/{project}/batches", $$"""{"name":{{name}}}""", "$.name");
            await BadNameAsync(http, $"projects/{project}/batches", $$$"""{"name":"{{{Guid.NewGuid()}}}","requires":[{"label":{{{name}}},"operator":"equal","value":1}]}""", null);
            await BadNameAsync(http, "workers", $$"""{"name":{{name}}}""", "$.name");
            await BadNameAsync(http, "workers", $$"""{"name":"{{Guid.NewGuid()}}","displayName":{{name}}}""", "$.displayName");
            await BadNameAsync(http, "workers", "{\"name\":\"" + Guid.NewGuid() + "\",\"labels\":{" + name + ":1}}", "$.labels");
            await BadNameAsync(http, "workers", "{\"name\":\"" + Guid.NewGuid() + "\",\"labels\":{\"language\":" + name + "}}", "$.labels");
            await BadNameAsync(http, "dev/token", $$"""{"name":{{name}},"roles":["worker"]}""", "$.name");
        }
    }

    private static string Filled(string body, string name) => body.Replace("NAME", name, StringComparison.Ordinal).Replace("UNIQUE", $"{Guid.NewGuid()}", StringComparison.Ordinal);

    private static async Task BadNameAsync(HttpClient http, string path, string body, string? place)
    {
        using var response = await http.SendTextAsync(HttpMethod.Post, $"api/v1/{path}", body);
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest, $"{path} {body}: {text}");
        if (place is not null) JsonNode.Parse(text)!["place"]!.GetValue<string>().ShouldBe(place, body);
    }

    private static async Task WalkHubAsync(RawSocket socket, Type hub)
    {
        var places = 0;
        foreach (var method in hub.GetMethods())
        {
            foreach (var (arguments, place) in ArgumentsOf(method))
            {
                places++;
                foreach (var bad in Unstorable)
                {
                    var completion = (await socket.CallAsync(method.Name, arguments.Replace("\"?\"", $"\"{bad}\"", StringComparison.Ordinal))).ShouldNotBeNull($"{method.Name} {place}: the connection was closed");
                    if (completion.TryGetProperty("error", out var error)) error.GetString()!.ShouldNotContain("unexpected", Case.Insensitive, $"{method.Name} {place} {bad}");
                    else (completion.TryGetProperty("result", out var result) ? result : throw new InvalidOperationException($"{method.Name} {place} {bad}: {completion}")).GetProperty("refusal").GetProperty("code").GetString().ShouldNotBeOneOf(["outcome_unknown", "internal_error", "busy"]);
                }
            }
        }

        places.ShouldBeGreaterThan(0);
    }

    private static IEnumerable<(string Arguments, string Place)> ArgumentsOf(MethodInfo method)
    {
        var parameters = method.GetParameters();
        for (var at = 0; at < parameters.Length; at++)
        {
            foreach (var (json, place) in TextsOf(parameters[at].ParameterType))
            {
                yield return (string.Join(',', parameters.Select((parameter, index) => index == at ? json : Plain(parameter.ParameterType))), $"{parameters[at].Name}{place}");
            }
        }
    }

    private static IEnumerable<(string Json, string Place)> TextsOf(Type type)
    {
        if (type == typeof(string)) return [("\"?\"", "")];
        if (type == typeof(JsonText)) return [("{\"choice\":\"?\"}", ""), ("{\"?\":1}", ".")];
        if (type == typeof(IReadOnlyList<string>)) return [("[\"?\"]", "[0]")];
        if (type.Namespace?.StartsWith("Dispatch", StringComparison.Ordinal) != true || type.IsEnum || type.IsValueType) return [];
        return type.GetProperties().Where(property => property.CanWrite).SelectMany(property => TextsOf(property.PropertyType).Select(text => (
            "{" + string.Join(',', type.GetProperties().Where(each => each.CanWrite).Select(each => $"\"{JsonNamingPolicy.CamelCase.ConvertName(each.Name)}\":{(each == property ? text.Json : Plain(each.PropertyType))}")) + "}",
            $".{property.Name}{text.Place}")));
    }

    private static string Plain(Type type) => type switch
    {
        _ when type == typeof(Guid) => $"\"{Guid.NewGuid()}\"",
        _ when type == typeof(int) || type == typeof(long) => "1",
        _ when type == typeof(bool) => "true",
        _ when type == typeof(DateTimeOffset) => "\"2026-01-01T00:00:00Z\"",
        _ when type == typeof(JsonText) => "{}",
        _ when type.IsEnum => JsonSerializer.Serialize(Enum.GetValues(type).GetValue(1), type, DispatchJson.Options),
        _ => "null",
    };
}
