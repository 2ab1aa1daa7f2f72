using System.Text;
using System.Text.Json;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-1, B-2 and B-3: frames that are none, methods that are not there, arguments that do not fit.</summary>
[Collection(nameof(HubServer))]
public sealed class MalformedFrameTests(HubServer server)
{
    private const int Flood = 100_000;

    public static TheoryData<string> BadJson =>
    [
        "{",
        "nonsense",
        "[]",
        "null",
        "\u0000\u0001\u0002",
        "{}",
        """{"type":1""",
        """{"type":"1"}""",
        """{"type":1,"invocationId":"1","arguments":[]}""",
        """{"type":1,"invocationId":"1","target":"Submit","arguments":{}}""",
        """{"type":1,"invocationId":7,"target":"Heartbeat","arguments":[]}""",
        """{"type":1,"invocationId":"1","target":"Submit","arguments":[NaN]}""",
        """{"type":1,"invocationId":"1","target":"Submit","arguments":[{"answer":{"choice":"1"}]}""",
        """{"type":1,"invocationId":"1","target":"Submit","arguments":[{"operationId":"ed6ad0bc-0000-4000-8000-000000000000"}""",
    ];

    [Theory]
    [MemberData(nameof(BadJson))]
    public async Task BadJsonFrame_ClosesOrIsPassedOver_AndHarmsNothing(string frame)
    {
        await using var bench = await server.BenchAsync();
        await bench.Socket.SendFrameAsync(frame);

        // Whatever a frame is taken for, it is never taken for a command: either the connection ends, or the next call is answered.
        var next = await NextAsync(bench.Socket);
        if (next is null) await bench.ShouldBeUntouchedAfterCloseAsync();
        else await bench.ShouldBeUntouchedAsync();
    }

    private static async Task<JsonElement?> NextAsync(RawSocket socket)
    {
        try
        {
            return await socket.CallAsync("Heartbeat", "");
        }
        catch (Exception closed) when (closed is System.Net.WebSockets.WebSocketException or InvalidOperationException or ObjectDisposedException)
        {
            return null;
        }
    }

    public static TheoryData<string, byte[]> BadMessagePack => new()
    {
        { "a length that is never sent", Length(int.MaxValue, [0x95]) },
        { "no length at all", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF] },
        { "not an array", Framed([0xA1, 0x61]) },
        { "an array of two billion", Framed([0xDD, 0x7F, 0xFF, 0xFF, 0xFF]) },
        { "a string of two billion in an invocation", Framed([0x96, 0x01, 0x80, 0xA1, 0x31, 0xDB, 0x7F, 0xFF, 0xFF, 0xFF]) },
        { "cut off in the middle", Framed([0x96, 0x01, 0x80, 0xA1]) },
        { "a reserved byte", Framed([0xC1, 0xC1, 0xC1]) },
        { "no type there is", Framed([0x91, 0x63]) },
        { "nested ten thousand deep", Framed([0x96, 0x01, 0x80, 0xA1, 0x31, 0xA6, .. "Submit"u8, .. Enumerable.Repeat((byte)0x91, 10_000), 0xC0]) },
        { "text that is not UTF-8", Framed([0x96, 0x01, 0x80, 0xA1, 0x31, 0xA2, 0xFF, 0xFE, 0x90, 0x90]) },
    };

    [Theory]
    [MemberData(nameof(BadMessagePack))]
    public async Task BadMessagePackFrame_HarmsNothing(string what, byte[] frame)
    {
        await using var bench = await server.BenchAsync();
        await using (var socket = await RawSocket.ConnectAsync(server.Address, bench.Worker.Token, "messagepack"))
        {
            await socket.SendAsync(frame);
        }

        what.ShouldNotBeEmpty();
        await bench.ShouldBeUntouchedAsync();
    }

    private static byte[] Framed(byte[] body) => Length(body.Length, body);

    private static byte[] Length(int length, byte[] body)
    {
        List<byte> prefix = [];
        for (; length > 0x7F; length >>= 7) prefix.Add((byte)(length | 0x80));
        return [.. prefix, (byte)length, .. body];
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("hello")]
    [InlineData("""{"protocol":"telepathy","version":1}""")]
    [InlineData("""{"protocol":"json","version":99}""")]
    [InlineData("""{"protocol":"json"}""")]
    public async Task BadHandshake_IsClosed(string handshake)
    {
        await using var socket = await RawSocket.OpenAsync(server.Address, (await server.TokenAsync()).Token);
        await socket.SendFrameAsync(handshake);
        (await socket.UntilClosedAsync()).ShouldNotContain("   at ");
        await server.ShouldStillServeAsync();
    }

    [Fact]
    public async Task UnknownMethod_AHundredThousandTimes_HarmsNobody()
    {
        await using var bench = await server.BenchAsync();
        var frames = new StringBuilder();
        for (var i = 0; i < Flood; i++) frames.Append("{\"type\":1,\"target\":\"Rm\",\"arguments\":[]}\u001e");
        const int Chunk = 4_096;
        for (var at = 0; at < frames.Length; at += Chunk) await bench.Socket.SendAsync(frames.ToString(at, Math.Min(Chunk, frames.Length - at)));

        var completion = (await bench.Socket.CallAsync("DropAllTables", "1,2,3")).ShouldNotBeNull();
        completion.GetProperty("error").GetString()!.ShouldStartWith("malformed_request: Method does not exist.");
        server.Logs.ShouldNotContain(line => line.Contains("DropAllTables", StringComparison.Ordinal) || line.Contains("'Rm'", StringComparison.Ordinal));
        await bench.ShouldBeUntouchedAsync();
    }

    [Theory]
    [InlineData("Submit", "")]
    [InlineData("Submit", "1")]
    [InlineData("Submit", "\"text\"")]
    [InlineData("Submit", "[]")]
    [InlineData("Submit", "{},{}")]
    [InlineData("Submit", """{"operationId":"not an id","assignmentId":"x","leaseEpoch":1,"answer":{}}""")]
    [InlineData("Submit", """{"operationId":1,"assignmentId":2,"leaseEpoch":"1","answer":{}}""")]
    [InlineData("SetActivity", """{"operationId":"00000000-0000-0000-0000-000000000001","activity":"flying"}""")]
    [InlineData("SetActivity", """{"operationId":"00000000-0000-0000-0000-000000000001","activity":2}""")]
    [InlineData("SetActivity", """{"operationId":"00000000-0000-0000-0000-000000000001","activity":"break","reason":7}""")]
    [InlineData("SaveDraft", "{},1")]
    [InlineData("Shown", "\"not an id\"")]
    [InlineData("Shown", "")]
    [InlineData("GetProject", "null")]
    [InlineData("Heartbeat", "1")]
    [InlineData("Connect", "\"last\"")]
    [InlineData("OnConnectedAsync", "")]
    [InlineData("OnDisconnectedAsync", "null")]
    [InlineData("Dispose", "")]
    public async Task ArgumentsThatDoNotFit_FailTheCallAndNothingElse(string method, string arguments)
    {
        await using var bench = await server.BenchAsync();
        var completion = (await bench.Socket.CallAsync(method, arguments)).ShouldNotBeNull("the connection stays");
        var error = completion.GetProperty("error").GetString().ShouldNotBeNull();
        error.ShouldStartWith("malformed_request: ");
        error.ShouldNotContain("Exception");
        server.Logs.ShouldNotContain(line => line.Contains("Failed to invoke", StringComparison.Ordinal), "what a client sends wrongly is no error of the server");
        error.ShouldNotContain("   at ");
        await bench.ShouldBeUntouchedAsync();
    }

    [Theory]
    [InlineData("Submit", "null", "malformed_request")]
    [InlineData("Submit", "{}", "malformed_request")]
    [InlineData("Submit", """{"answer":{"choice":"1"}}""", "operation_id_missing")]
    [InlineData("Submit", """{"answer":{"choice":"1"},"operationId":"00000000-0000-0000-0000-000000000000"}""", "operation_id_missing")]
    [InlineData("Submit", """{"answer":null,"operationId":"00000000-0000-0000-0000-000000000001"}""", "malformed_request")]
    [InlineData("Return", "null", "malformed_request")]
    [InlineData("Return", "{}", "operation_id_missing")]
    [InlineData("SaveDraft", "null", "malformed_request")]
    [InlineData("SaveDraft", "{}", "malformed_request")]
    [InlineData("SetActivity", "null", "malformed_request")]
    [InlineData("SetActivity", "{}", "operation_id_missing")]
    [InlineData("SetActivity", """{"operationId":"00000000-0000-0000-0000-000000000001"}""", "value_out_of_range")]
    public async Task CommandThatLacksSomething_IsRefusedWithItsCode(string method, string arguments, string code)
    {
        await using var bench = await server.BenchAsync();
        (await bench.Socket.CodeAsync(method, arguments)).ShouldBe(code);
        await bench.ShouldBeUntouchedAsync();
    }
}
