using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Tests.Api;
using Dispatch.Server.Tests.BadInput;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>Who was deactivated, or lost a role, while a token still says otherwise and a connection is open.</summary>
[Collection(nameof(HubServer))]
public sealed class AdmissionTests(HubServer server)
{
    private HttpClient As(string token)
    {
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private Task<DevTokenDto> PersonAsync(params string[] roles) => server.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"person {Guid.NewGuid():N}", Roles = roles });

    private async Task ChangeAsync(Guid person, string change)
    {
        using var boss = As(server.Api.Token!);
        (await boss.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{person}", change)).IsSuccessStatusCode.ShouldBeTrue(change);
    }

    private static string Pause(Guid batch) => $$"""{"operationId":"{{Guid.NewGuid()}}","action":"pause_batch","batchId":"{{batch}}"}""";

    private async Task<BatchStatus> StatusAsync(Guid batch) => (await server.Api.GetBatchAsync(batch)).Status;

    private static async Task<string> ErrorAsync(RawSocket socket, string method, string arguments) =>
        (await socket.CallAsync(method, arguments)).ShouldNotBeNull($"the connection is there for {method}").GetProperty("error").GetString()!;

    [Theory]
    [InlineData("""{"isActive":false}""", "worker_deactivated")]
    [InlineData("""{"roles":["worker"]}""", "forbidden")]
    public async Task Supervisor_PutOutWithAnOpenConnection_CommandsNothing_IsToldAndClosed(string change, string code)
    {
        var (project, batch) = await server.SeedAsync();
        var person = await PersonAsync(Roles.Supervisor);
        await using var socket = await RawSocket.ConnectAsync(server.Address, person.Token, hub: "supervisor");
        (await socket.ResultAsync("Watch", $"\"{project}\"")).ValueKind.ShouldBe(JsonValueKind.Null);

        await ChangeAsync(person.WorkerId, change);

        (await ErrorAsync(socket, "Command", Pause(batch))).ShouldStartWith($"{code}: ");
        (await ErrorAsync(socket, "Watch", $"\"{project}\"")).ShouldStartWith($"{code}: ");
        (await StatusAsync(batch)).ShouldBe(BatchStatus.Open);
        var said = await socket.UntilClosedAsync();
        said.ShouldContain("AccessEnded");
        said.ShouldContain(code);
        (await Should.ThrowAsync<HandshakeRefusedException>(() => RawSocket.OpenAsync(server.Address, person.Token, "supervisor"))).Status.ShouldBe(403);

        await ChangeAsync(person.WorkerId, """{"isActive":true,"roles":["supervisor"]}""");
        await using var again = await RawSocket.ConnectAsync(server.Address, person.Token, hub: "supervisor");
        (await again.ResultAsync("Command", Pause(batch))).GetProperty("refusal").ValueKind.ShouldBe(JsonValueKind.Null);
        (await StatusAsync(batch)).ShouldBe(BatchStatus.Paused);
    }

    [Theory]
    [InlineData("""{"isActive":false}""", "worker_deactivated")]
    [InlineData("""{"roles":["reviewer"]}""", "forbidden")]
    public async Task Worker_PutOutWithAnOpenConnection_IsRefusedEverything_ToldAndClosed(string change, string code)
    {
        await using var bench = await server.BenchAsync();
        await ChangeAsync(bench.Worker.WorkerId, change);

        // What goes past the worker's own grain reads the record; what the grain answers is refused by it, or by the round of the connections.
        foreach (var (method, arguments) in ((string, string)[])[
            ("ListDisputes", $"\"{bench.Project}\""),
            ("ListAnswers", $"\"{bench.Project}\",null"),
            ("GetAnswer", $"\"{bench.AssignmentId}\""),
            ("GetBoard", $"\"{bench.Project}\""),
            ("GetLedger", "\"2026-01-01T00:00:00Z\",\"2026-01-02T00:00:00Z\""),
            ("SetBoardName", $$"""{"operationId":"{{Guid.NewGuid()}}","name":"Lynx"}""")])
        {
            (await ErrorAsync(bench.Socket, method, arguments)).ShouldStartWith($"{code}: ", customMessage: method);
        }

        var said = await bench.Socket.UntilClosedAsync();
        said.ShouldContain("AccessEnded");
        said.ShouldContain(code);
        await using var again = await RawSocket.ConnectAsync(server.Address, bench.Worker.Token);
        (await ErrorAsync(again, "Connect", "null")).ShouldStartWith($"{code}: ");
        (await ErrorAsync(again, "Heartbeat", "")).ShouldStartWith($"{code}: ");
        (await again.UntilClosedAsync()).ShouldContain("AccessEnded");

        await ChangeAsync(bench.Worker.WorkerId, """{"isActive":true,"roles":["worker"]}""");
        await using var back = await RawSocket.ConnectAsync(server.Address, bench.Worker.Token);
        (await back.ResultAsync("Connect", "null")).GetProperty("workerId").GetGuid().ShouldBe(bench.Worker.WorkerId);
    }

    [Fact]
    public async Task Deactivated_WhatIsHeldIsOfferedToOthersAtOnce()
    {
        await using var bench = await server.BenchAsync();
        await ChangeAsync(bench.Worker.WorkerId, """{"isActive":false}""");
        (await server.Api.GetAssignmentAsync(bench.AssignmentId)).State.ShouldBe(AssignmentState.Canceled);

        await using var first = await server.BenchAsync(bench.Project, bench.Batch);
        await using var second = await server.BenchAsync(bench.Project, bench.Batch);
        (await server.Api.GetAssignmentAsync(first.AssignmentId)).TaskKey.ShouldNotBe((await server.Api.GetAssignmentAsync(second.AssignmentId)).TaskKey);
    }

    [Fact]
    public async Task Role_IsHadWhereTokenAndRecordBothNameIt_AndTheRefusalSaysWhichDoesNot()
    {
        var person = await PersonAsync(Roles.Reviewer);
        using var client = As(person.Token);

        await ChangeAsync(person.WorkerId, """{"roles":["reviewer","supervisor"]}""");
        var granted = await (await client.GetAsync("api/v1/workers")).ShouldBeRefusedAsync(403, "forbidden");
        granted.GetProperty("title").GetString()!.ShouldContain("Your record holds supervisor, which your token does not carry");

        await ChangeAsync(person.WorkerId, """{"roles":["worker"]}""");
        var taken = await (await client.GetAsync("api/v1/projects")).ShouldBeRefusedAsync(403, "forbidden");
        taken.GetProperty("title").GetString()!.ShouldContain("Your token claims reviewer, which your record does not hold");
    }

    /// <summary>Nobody's token, on every call of the document.</summary>
    [Theory]
    [InlineData("no sub", 401, "unauthenticated")]
    [InlineData("bob", 401, "unauthenticated")]
    [InlineData("00000000-0000-0000-0000-000000000000", 401, "unauthenticated")]
    [InlineData("nobody", 403, "unknown_worker")]
    [InlineData("deactivated", 403, "worker_deactivated")]
    [InlineData("crit", 401, "unauthenticated")]
    public async Task WhoIsNobodyHere_ReadsAndChangesNothing(string who, int status, string code)
    {
        var token = await HostileTokens.MakeAsync(who, server);
        using var client = As(token);
        using var anybody = new HttpClient { BaseAddress = server.Address };
        using var document = JsonDocument.Parse(await anybody.GetStringAsync("openapi/v1.json"));
        var calls = 0;
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject().Where(path => !path.Name.Contains("/dev/", StringComparison.Ordinal)))
        {
            foreach (var method in path.Value.EnumerateObject().Where(method => method.Name is "get" or "post" or "put" or "patch" or "delete"))
            {
                var address = System.Text.RegularExpressions.Regex.Replace(path.Name, "\\{[^}]+\\}", $"{Guid.NewGuid()}").TrimStart('/');
                var type = method.Value.TryGetProperty("requestBody", out var takes) ? takes.GetProperty("content").EnumerateObject().First().Name : null;
                using var body = type is null ? null : new StringContent("{}", System.Text.Encoding.UTF8, type);
                await (await client.SendAsync(HttpMethod.Parse(method.Name), address, body, $"{Guid.NewGuid()}")).ShouldBeRefusedAsync(status, code);
                calls++;
            }
        }

        calls.ShouldBeGreaterThan(50, "the document lists the calls");
        (await Should.ThrowAsync<HandshakeRefusedException>(() => RawSocket.OpenAsync(server.Address, token, "supervisor"))).Status.ShouldBe(status);
        if (who == "crit")
        {
            (await Should.ThrowAsync<HandshakeRefusedException>(() => RawSocket.OpenAsync(server.Address, token))).Status.ShouldBe(status);
            return;
        }

        await using var socket = await RawSocket.ConnectAsync(server.Address, token);
        (await socket.UntilClosedAsync()).ShouldContain(code);
    }

    /// <summary>Somebody has to be the first. Whoever holds the key says who is an admin, and the record that is made can be deactivated like any other.</summary>
    [Fact]
    public async Task AdminOfTheOwnKey_NeedsNoRecordBefore_AndCanBePutOut()
    {
        var id = Guid.NewGuid();
        using var admin = As(HostileTokens.OfAdmin(id));
        (await admin.GetAsync("api/v1/workers")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await ChangeAsync(id, """{"isActive":false}""");
        await (await admin.GetAsync("api/v1/workers")).ShouldBeRefusedAsync(403, "worker_deactivated");
    }

    [Fact]
    public async Task JunkTokens_FillNoLog()
    {
        using var client = As("junk");
        var before = server.Logs.Count;
        for (var i = 0; i < 20; i++) await (await client.GetAsync("api/v1/projects")).ShouldBeRefusedAsync(401, "unauthenticated");
        server.Logs.Skip(before).Where(line => line.Contains("oken", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    /// <summary>The supervisors' hub speaks of what cannot be read as the workers' does.</summary>
    [Theory]
    [InlineData("Command", "")]
    [InlineData("Command", "1")]
    [InlineData("Command", """{"operationId":"00000000-0000-0000-0000-000000000001","action":"explode"}""")]
    [InlineData("Watch", "\"x\"")]
    [InlineData("Watch", "")]
    [InlineData("Explode", "")]
    [InlineData("Gauges", "{}")]
    public async Task SupervisorsHub_WhatCannotBeRead_IsMalformed(string method, string arguments)
    {
        var person = await PersonAsync(Roles.Supervisor);
        await using var socket = await RawSocket.ConnectAsync(server.Address, person.Token, hub: "supervisor");
        (await ErrorAsync(socket, method, arguments)).ShouldStartWith("malformed_request: ");
        await socket.SendFrameAsync($$"""{"type":4,"invocationId":"s","target":"Watch","arguments":["{{Guid.NewGuid()}}"]}""");
        (await socket.CompletionAsync("s")).ShouldNotBeNull().GetProperty("error").GetString()!.ShouldStartWith("malformed_request: ");
        server.Logs.ShouldNotContain(line => line.Contains("Failed to invoke", StringComparison.Ordinal));
    }
}
