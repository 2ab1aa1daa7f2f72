using System.Net;
using Dispatch.Contracts;
using Dispatch.Server.Tests.Api;
using Dispatch.Server.Tests.MainJob;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>What one worker can do to everybody else by doing it over and over, on a whole server.</summary>
[Collection(nameof(HubServer))]
public sealed class PersonBoundsTests(HubServer server)
{
    [Fact]
    public async Task Tasks_GivenBackWithoutAnAnswer_AreBounded_AndAnAnswerAllowsMore()
    {
        var (project, batch) = await server.SeedAsync(lines: [.. Enumerable.Range(0, Limits.ReturnsWithoutAnswer + 10).Select(i => $$"""{"id":"{{i}}","p":"p","x":"x","y":"y"}""")]);
        await using var bench = await server.BenchAsync(project, batch);
        var task = bench.Task;
        string? refused = null;
        var returned = 0;
        while (refused is null)
        {
            var result = await bench.Socket.ResultAsync("Return", $$"""{"operationId":"{{Guid.NewGuid()}}","assignmentId":"{{task.GetProperty("assignmentId").GetGuid()}}","leaseEpoch":1,"reason":null}""");
            if (result.GetProperty("refusal") is { ValueKind: not System.Text.Json.JsonValueKind.Null } refusal)
            {
                refused = refusal.GetProperty("code").GetString();
                refusal.GetProperty("remedy").GetString()!.ShouldContain("min");
                refusal.GetProperty("retryAfterMs").GetInt32().ShouldBeInRange(1, Limits.ReturnSeconds * 1_000);
                break;
            }

            returned++;
            task = await Bench.HeldAsync(bench.Socket);
        }

        // A slow machine may have been given one back by time.
        (refused, returned).ShouldSatisfyAllConditions(() => refused.ShouldBe("invalid_transition"), () => returned.ShouldBeInRange(Limits.ReturnsWithoutAnswer, Limits.ReturnsWithoutAnswer + 2));
        var held = await Bench.HeldAsync(bench.Socket);
        held.GetProperty("assignmentId").GetGuid().ShouldBe(task.GetProperty("assignmentId").GetGuid(), "the task stays");
        (await bench.Socket.CodeAsync("Submit", bench.Submit("""{"choice":"1"}""", assignment: held.GetProperty("assignmentId").GetGuid(), epoch: "1"))).ShouldBeNull();
        var next = await Bench.HeldAsync(bench.Socket);
        (await bench.Socket.CodeAsync("Return", bench.Return(assignment: next.GetProperty("assignmentId").GetGuid()))).ShouldBeNull();
    }

    [Fact]
    public async Task Activity_ChangedOverAndOver_IsBusy()
    {
        await using var bench = await server.BenchAsync();
        string? code = null;
        var changed = 0;
        for (; code is null && changed < Limits.ActivityChanges * 2; changed++)
        {
            code = await bench.Socket.CodeAsync("SetActivity", $$"""{"operationId":"{{Guid.NewGuid()}}","activity":"{{(changed % 2 == 0 ? "break" : "available")}}","reason":null}""");
        }

        code.ShouldBe("busy");
        changed.ShouldBeInRange(Limits.ActivityChanges - 1, Limits.ActivityChanges + 20);
    }

    [Fact]
    public async Task NamesOnTheBoard_ChosenOverAndOver_AreRefused()
    {
        await using var bench = await server.BenchAsync();
        string? code = null;
        for (var i = 0; i <= Limits.BoardNames && code is null; i++) code = await bench.Socket.CodeAsync("SetBoardName", $$"""{"operationId":"{{Guid.NewGuid()}}","name":"n{{i}}","onBoard":true}""");
        code.ShouldBe("invalid_transition");
    }

    [Fact]
    public async Task Calls_OfOnePerson_AreBusyOnHubAndApiTogether_AndNobodyElses()
    {
        await using var harness = await ServerHarness.StartAsync(configure: builder =>
        {
            builder.Configuration["Dispatch:Bounds:CallsAtOnce"] = "60";
            builder.Configuration["Dispatch:Bounds:CallsPerSecond"] = "1";
        });
        var (project, _) = await harness.SeedAsync(tasks: 1);
        var ann = await harness.Api.GetDevTokenAsync(new() { Name = "ann", Roles = [Roles.Worker, Roles.Supervisor], ProjectIds = [project] });
        await using var socket = await RawSocket.ConnectAsync(harness.Address, ann.Token);
        string? said = null;
        for (var i = 0; i < 200 && said is null; i++)
        {
            var completion = (await socket.CallAsync("Heartbeat", "")).ShouldNotBeNull();
            if (completion.TryGetProperty("error", out var error) && error.GetString()!.Contains("too many calls", StringComparison.Ordinal)) said = error.GetString();
        }

        said.ShouldNotBeNull().ShouldContain("busy: ");
        using var http = new HttpClient { BaseAddress = harness.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", ann.Token);
        HttpResponseMessage response = new();
        for (var i = 0; i < 20 && response.StatusCode != HttpStatusCode.TooManyRequests; i++) response = await http.GetAsync($"api/v1/workers/{ann.WorkerId}");
        await response.ShouldBeRefusedAsync(429, "busy");
        response.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);

        var bob = await harness.Api.GetDevTokenAsync(new() { Name = "bob", Roles = [Roles.Supervisor] });
        http.DefaultRequestHeaders.Authorization = new("Bearer", bob.Token);
        (await http.GetAsync($"api/v1/workers/{ann.WorkerId}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
