using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-4 and B-5: messages around and far over their limit, nesting, long lists.</summary>
[Collection(nameof(HubServer))]
public sealed class SizeAndDepthTests(HubServer server)
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(64, false)]
    public async Task MessageAtTheLimit_IsTaken_AndOneOverClosesTheConnection(int over, bool taken)
    {
        await using var bench = await server.BenchAsync();
        const string Start = """{"type":1,"invocationId":"big","target":"Heartbeat","arguments":[""";

        // The mark at the end of a frame is none of its bytes, but the limit counts it.
        await bench.Socket.SendFrameAsync(Start.PadRight(Limits.HubMessageBytes + over - "]}\u001e".Length) + "]}");
        var completion = await bench.Socket.CompletionAsync("big");

        (completion is not null).ShouldBe(taken);
        if (taken) await bench.ShouldBeUntouchedAsync();
        else await bench.ShouldBeUntouchedAfterCloseAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task MessageFarOverTheLimit_IsCutOffWithoutBeingKept(int megabytes)
    {
        await using var bench = await server.BenchAsync();
        var before = GC.GetTotalAllocatedBytes();
        var part = Encoding.UTF8.GetBytes(new string('x', Megabyte));
        try
        {
            for (var i = 0; i < megabytes; i++) await bench.Socket.SendAsync(part, WebSocketMessageType.Text);
        }
        catch (WebSocketException)
        {
            // The server stopped reading and closed: what was to be shown.
        }

        (await bench.Socket.UntilClosedAsync()).ShouldNotContain("   at ");
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(50L * Megabyte);
        await bench.ShouldBeUntouchedAfterCloseAsync();
    }

    [Theory]
    [InlineData(Limits.AnswerBytes)]
    [InlineData(200 * 1024)]
    public async Task AnswerOverItsLimit_IsRefusedAndTheConnectionStays(int characters)
    {
        await using var bench = await server.BenchAsync();
        var answer = $$"""{"choice":"1","reason":"{{new string('r', characters)}}"}""";
        (await bench.Socket.CodeAsync("Submit", bench.Submit(answer))).ShouldBe("payload_too_large");
        await bench.ShouldBeUntouchedAsync();
    }

    [Theory]
    [InlineData(Limits.DraftBytes - 2, null)]
    [InlineData(Limits.DraftBytes - 1, "payload_too_large")]
    [InlineData(200 * 1024, "payload_too_large")]
    public async Task DraftAroundItsLimit_IsKeptOrRefusedAsAWhole(int characters, string? code)
    {
        await using var bench = await server.BenchAsync();
        var draft = $"\"{new string('d', characters)}\"";
        (await bench.Socket.CodeAsync("SaveDraft", bench.Draft(draft))).ShouldBe(code);
        if (code is not null) await bench.ShouldBeUntouchedAsync();
        else (await Bench.HeldAsync(bench.Socket)).GetProperty("draft").GetRawText().ShouldBe(draft);
    }

    [Theory]
    [InlineData(33)]
    [InlineData(60)]
    [InlineData(64)]
    [InlineData(10_000)]
    public async Task DeepAnswer_NeverCounts(int depth)
    {
        await using var bench = await server.BenchAsync();
        var answer = $$"""{"choice":"1","reason":{{new string('[', depth)}}{{new string(']', depth)}}}""";
        await RefusedOrClosedAsync(bench, "Submit", bench.Submit(answer), "form_mismatch");
    }

    /// <summary>A draft comes back inside a snapshot, some levels further down: one that is only just readable on its way in would be unreadable there.</summary>
    [Theory]
    [InlineData(33)]
    [InlineData(60)]
    [InlineData(64)]
    [InlineData(10_000)]
    public async Task DeepDraft_IsNotKept(int depth)
    {
        await using var bench = await server.BenchAsync();
        await RefusedOrClosedAsync(bench, "SaveDraft", bench.Draft(new string('[', depth) + new string(']', depth)), "value_out_of_range");
    }

    [Fact]
    public async Task DraftAsDeepAsAllowed_ComesBack()
    {
        await using var bench = await server.BenchAsync();
        var draft = new string('[', Limits.JsonDepth) + new string(']', Limits.JsonDepth);
        (await bench.Socket.CodeAsync("SaveDraft", bench.Draft(draft))).ShouldBeNull();
        await using var sdk = new Client.WorkerConnection(new Client.WorkerConnectionOptions { Server = server.Address, AccessToken = () => Task.FromResult<string?>(bench.Worker.Token) });
        (await sdk.StartAsync()).Assignments.ShouldHaveSingleItem().Draft!.Json.ShouldBe(draft);
    }

    [Fact]
    public async Task HugeArrays_AreRefused()
    {
        await using var bench = await server.BenchAsync();
        var list = $"[{string.Join(',', Enumerable.Repeat("1", 100_000))}]";
        (await bench.Socket.CodeAsync("Submit", bench.Submit(list))).ShouldBe("payload_too_large");
        (await bench.Socket.CodeAsync("SaveDraft", bench.Draft(list))).ShouldBe("payload_too_large");
        (await bench.Socket.CallAsync("Submit", string.Join(',', Enumerable.Repeat("1", 100_000)))).ShouldNotBeNull().TryGetProperty("error", out _).ShouldBeTrue();
        await bench.ShouldBeUntouchedAsync();
    }

    private static async Task RefusedOrClosedAsync(Bench bench, string method, string arguments, string code)
    {
        // Beyond what the frame itself may nest, the frame cannot be read at all.
        if (await bench.Socket.CallAsync(method, arguments) is not { } completion)
        {
            await bench.ShouldBeUntouchedAfterCloseAsync();
            return;
        }

        if (completion.TryGetProperty("result", out var result)) result.GetProperty("refusal").GetProperty("code").GetString().ShouldBe(code);
        else completion.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.String);
        await bench.ShouldBeUntouchedAsync();
    }
}
