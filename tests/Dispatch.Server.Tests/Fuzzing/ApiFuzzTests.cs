using System.Text.Json;
using Dispatch.Server.Tests.BadInput;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Fuzzing;

/// <summary>Every operation of the OpenAPI document, with bodies, parameters and headers of every kind, is done or refused with a known code.</summary>
[Collection(nameof(HubServer))]
public sealed class ApiFuzzTests
{
    private const int Depth = 8;

    private static readonly string[] Methods = ["get", "put", "post", "patch", "delete"];

    private static readonly string[] Malformed =
        ["x", "%00", "00000000-0000-0000-0000-000000000000", "..", "%2e%2e", "%ff", "-1", "9999999999999999999999",
        "a%2fb", "%F0%9F%98%80"];

    private static readonly string[] HeaderValues = ["*", "\"1\"", "1", "W/\"1\"", "\"x\"", "", "\"", "\"999999999999999999999\"",
        "a,b", "-1"];

    [Fact]
    public Task ApiCalls_OnSqlite_AreDoneOrRefused() => RunAsync(postgreSql: false, rounds: 8);

    [PostgreSqlFact]
    public Task ApiCalls_OnPostgreSql_AreDoneOrRefused() => RunAsync(postgreSql: true, rounds: 2);

    /// <summary>A round is every operation of the document once.</summary>
    private static Task RunAsync(bool postgreSql, int rounds) => FuzzServer.RunAsync(postgreSql, async (server, random) =>
    {
        var json = new HostileJson(random);
        using var document = JsonDocument.Parse(await server.Http.GetStringAsync("openapi/v1.json"));
        var operations = 0;
        for (var round = FuzzServer.Rounds(rounds); round > 0; round--)
        {
            var (project, batch) = await server.Harness.SeedAsync(tasks: 3);
            var known = new Dictionary<string, Guid> { ["projectId"] = project, ["batchId"] = batch };
            foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
            {
                foreach (var call in path.Value.EnumerateObject().Where(each => Methods.Contains(each.Name)))
                {
                    operations++;
                    await CallAsync(server, json, document.RootElement, path.Name, call, known);
                }
            }
        }

        operations.ShouldBeGreaterThan(40);
    });

    private static async Task CallAsync(
        FuzzServer server, HostileJson json, JsonElement document, string path, JsonProperty call, Dictionary<string, Guid> known)
    {
        var address = path.TrimStart('/');
        while (address.IndexOf('{') is >= 0 and var open)
        {
            var close = address.IndexOf('}');
            var id = known.TryGetValue(address[(open + 1)..close].Split(':')[0], out var found) && !json.Chance(5) ? $"{found}"
                : json.Chance(2) ? json.Pick(Malformed) : $"{Guid.NewGuid()}";
            address = address[..open] + id + address[(close + 1)..];
        }

        List<string> query = [];
        if (call.Value.TryGetProperty("parameters", out var declared))
        {
            foreach (var parameter in declared.EnumerateArray())
            {
                if (parameter.GetProperty("in").GetString() != "query" || json.Chance(2)) continue;
                var value = json.Chance(2) ? json.Pick(["1", "x", "true", "open", "jsonl", "csv", "2026-01-01T00:00:00Z", ""]) : json.Pick(Malformed);
                query.Add($"{parameter.GetProperty("name").GetString()}={value}");
            }
        }

        if (json.Chance(20)) query.Add("made-up=1");
        if (query.Count > 0) address += $"?{string.Join('&', query)}";
        using var request = new HttpRequestMessage(new HttpMethod(call.Name.ToUpperInvariant()), address);
        request.Headers.TryAddWithoutValidation("Idempotency-Key", json.Chance(15) ? json.Pick(HeaderValues) : $"{Guid.NewGuid()}");
        if (json.Chance(3)) request.Headers.TryAddWithoutValidation("If-Match", json.Pick(HeaderValues));
        var body = "";
        if (call.Value.TryGetProperty("requestBody", out var taken)
            && taken.GetProperty("content").TryGetProperty("application/json", out var media))
        {
            body = json.Chance(20) ? json.Value() : Body(json, document, media.GetProperty("schema"), Depth);
            request.Content = FuzzServer.Json(body);
        }

        await server.SendAsync(request, body);
    }

    /// <summary>A body as the schema has it, with a share of its places changed.</summary>
    private static string Body(HostileJson json, JsonElement document, JsonElement schema, int depth)
    {
        if (depth == 0 || json.Chance(15)) return json.Value();
        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = document;
            foreach (var step in reference.GetString()!.TrimStart('#', '/').Split('/')) target = target.GetProperty(step);
            return Body(json, document, target, depth - 1);
        }

        foreach (var kind in (string[])["oneOf", "anyOf", "allOf"])
        {
            if (!schema.TryGetProperty(kind, out var choices)) continue;
            return Body(json, document, json.Pick([.. choices.EnumerateArray()]), depth - 1);
        }

        if (schema.TryGetProperty("enum", out var names)) return json.Pick([.. names.EnumerateArray()]).GetRawText();
        if (schema.TryGetProperty("properties", out var properties))
        {
            var members = properties.EnumerateObject().Where(_ => !json.Chance(4)).Select(each =>
                $"\"{each.Name}\":{(each.Name == "form" ? Form(json) : Body(json, document, each.Value, depth - 1))}");
            return "{" + string.Join(',', members) + "}";
        }

        if (schema.TryGetProperty("items", out var items)) return json.Chance(4) ? "[]" : $"[{Body(json, document, items, depth - 1)}]";
        return Plain(json, schema);
    }

    private static string Plain(HostileJson json, JsonElement schema)
    {
        schema.TryGetProperty("type", out var told);
        var type = told.ValueKind switch
        {
            JsonValueKind.Array => told[0].GetString(),
            JsonValueKind.String => told.GetString(),
            _ => null,
        };
        var format = schema.TryGetProperty("format", out var named) ? named.GetString() : null;
        return (type, format) switch
        {
            (_, "uuid") => $"\"{Guid.NewGuid()}\"",
            (_, "date-time") => "\"2026-01-01T00:00:00Z\"",
            ("integer" or "number", _) => json.Pick(["0", "1", "2", "10", "-1", "0.5", "2147483647"]),
            ("boolean", _) => json.Pick(["true", "false"]),
            ("string", _) => json.Chance(3) ? json.Value() : $"\"text {Guid.NewGuid():N}\"",
            _ => json.Value(),
        };
    }

    private static string Form(HostileJson json)
    {
        var form = json.Pick(FuzzForms.All);
        return json.Mutate($$"""{"type":"{{form.Type}}","settings":{{form.Settings}},"binding":{{form.Binding}}}""", 25);
    }
}
