using System.Reflection;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.BadInput;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Fuzzing;

/// <summary>Every method of the hubs with arguments of every kind: a result, a refusal with a code, or a closed connection, and never harm to others.</summary>
[Collection(nameof(HubServer))]
public sealed class HubFuzzTests
{
    private const int Depth = 5;

    [Fact]
    public Task HubMessages_OnSqlite_AreAnsweredOrRefused() => RunAsync(postgreSql: false, rounds: 400);

    [PostgreSqlFact]
    public Task HubMessages_OnPostgreSql_AreAnsweredOrRefused() => RunAsync(postgreSql: true, rounds: 100);

    private static Task RunAsync(bool postgreSql, int rounds) => FuzzServer.RunAsync(postgreSql, async (server, random) =>
    {
        var json = new HostileJson(random);
        var (project, _) = await server.Harness.SeedAsync(tasks: 20);
        var token = await server.Harness.Api.GetDevTokenAsync(new DevTokenRequest { Name = "fuzzer", ProjectIds = [project] });
        (Type Hub, string Name, string Token)[] hubs =
            [(typeof(IWorkerHub), "worker", token.Token), (typeof(ISupervisorHub), "supervisor", server.Harness.Api.Token!)];
        var open = new RawSocket?[hubs.Length];
        var held = Guid.NewGuid();
        for (var round = FuzzServer.Rounds(rounds); round > 0; round--)
        {
            var at = random.Next(4) == 0 ? 1 : 0;
            var (hub, name, access) = hubs[at];
            if (open[at] is null)
            {
                open[at] = await RawSocket.ConnectAsync(server.Harness.Address, access, hub: name);
                if (at == 0) held = await WorkAsync(open[at]!);
            }

            var method = json.Pick(hub.GetMethods());
            var arguments = method.GetParameters().Select(parameter => Argument(json, parameter.ParameterType, [project, held], Depth)).ToList();
            if (json.Chance(30)) arguments.Add(json.Value());
            if (json.Chance(30) && arguments.Count > 0) arguments.RemoveAt(0);
            if (!await CallAsync(open[at]!, json.Chance(60) ? json.Pick(["", "X", method.Name + "x"]) : method.Name, string.Join(',', arguments)))
            {
                await open[at]!.DisposeAsync();
                open[at] = null;
            }

            if (json.Chance(20)) await RawAsync(server, random, json, access, name);
        }

        foreach (var socket in open) await (socket?.DisposeAsync() ?? ValueTask.CompletedTask);
    });

    /// <summary>Whatever a call did before: the worker is at work again, and may hold a task.</summary>
    private static async Task<Guid> WorkAsync(RawSocket socket)
    {
        await socket.ResultAsync("Connect", "null");
        await socket.ResultAsync("SetActivity", $$"""{"operationId":"{{Guid.NewGuid()}}","activity":"available"}""");
        var assignments = (await socket.ResultAsync("Connect", "null")).GetProperty("assignments");
        return assignments.GetArrayLength() == 0 ? Guid.NewGuid() : assignments[0].GetProperty("assignmentId").GetGuid();
    }

    /// <summary>True while the connection is open.</summary>
    private static async Task<bool> CallAsync(RawSocket socket, string method, string arguments)
    {
        var told = FuzzServer.Cut($"{method}({arguments})");
        if (await socket.CallAsync(method, arguments) is not { } completion) return false;
        if (completion.TryGetProperty("error", out var error))
        {
            var words = error.GetString()!;
            words.ShouldContain(": ", customMessage: told);
            FuzzServer.ShouldBeKnown(words[..words.IndexOf(": ", StringComparison.Ordinal)], $"{told}: {words}");
        }
        else if (completion.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object
            && result.TryGetProperty("refusal", out var refusal) && refusal.ValueKind == JsonValueKind.Object)
        {
            FuzzServer.ShouldBeKnown(refusal.GetProperty("code").GetString()!, $"{told}: {refusal}");
            refusal.GetProperty("message").GetString().ShouldNotBeNullOrWhiteSpace(told);
        }

        return true;
    }

    /// <summary>Bytes that are hardly a frame, on a connection of their own. What becomes of the connection is free; the next valid call of another is not.</summary>
    private static async Task RawAsync(FuzzServer server, Random random, HostileJson json, string token, string hub)
    {
        var packed = json.Chance(2);
        await using var socket = await RawSocket.ConnectAsync(server.Harness.Address, token, packed ? "messagepack" : "json", hub: hub);
        var bytes = new byte[1 + random.Next(200)];
        random.NextBytes(bytes);
        if (packed) bytes[0] = (byte)Math.Min(bytes.Length - 1, 127);
        else bytes = [.. Encoding.UTF8.GetBytes(json.Mutate("""{"type":1,"invocationId":"1","target":"Submit","arguments":[{"answer":{}}]}""", 4)), 0x1e];
        await socket.SendAsync(bytes);
    }

    private static string Argument(HostileJson json, Type type, Guid[] known, int depth)
    {
        if (json.Chance(10)) return json.Value();
        if (Nullable.GetUnderlyingType(type) is { } inner) return json.Chance(3) ? "null" : Argument(json, inner, known, depth);
        if (type == typeof(Guid)) return $"\"{(json.Chance(2) ? json.Pick(known) : Guid.NewGuid())}\"";
        if (type == typeof(int) || type == typeof(long)) return json.Pick(["0", "1", "2", "-1", "2147483647"]);
        if (type == typeof(bool)) return json.Pick(["true", "false"]);
        if (type == typeof(string)) return json.Pick(["\"x\"", "\"\"", "null", "\"1\"", "\"\\u0000\"", "\"\\u202ex\""]);
        if (type == typeof(DateTimeOffset)) return json.Pick(["\"2026-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59Z\""]);
        if (type == typeof(JsonText)) return json.Mutate("""{"choice":"1","reason":"x"}""", 4);
        if (type.IsEnum) return JsonSerializer.Serialize(json.Pick([.. Enum.GetValues(type).Cast<object>()]), type, DispatchJson.Options);
        if (depth == 0 || type.Namespace?.StartsWith("Dispatch", StringComparison.Ordinal) != true) return json.Value();
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && !json.Chance(20));
        return "{" + string.Join(',', members.Select(each =>
            $"\"{JsonNamingPolicy.CamelCase.ConvertName(each.Name)}\":{Argument(json, each.PropertyType, known, depth - 1)}")) + "}";
    }
}
