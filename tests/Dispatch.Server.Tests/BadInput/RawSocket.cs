using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>A WebSocket to a hub without any SignalR client: it sends what no client would.</summary>
internal sealed class RawSocket : IAsyncDisposable
{
    private const char End = '\u001e';
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _text = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _invocations;

    /// <summary>Opens the socket, without a word of the hub protocol.</summary>
    public static async Task<RawSocket> OpenAsync(Uri server, string? token, string hub = "worker", string? origin = null)
    {
        var socket = new RawSocket();
        if (origin is not null) socket._socket.Options.SetRequestHeader("Origin", origin);
        socket._socket.Options.CollectHttpResponseDetails = true;
        var address = new UriBuilder(new Uri(server, $"hubs/{hub}")) { Scheme = "ws", Query = token is null ? "" : $"access_token={token}" }.Uri;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await socket._socket.ConnectAsync(address, patience.Token);
            return socket;
        }
        catch (WebSocketException refused)
        {
            var status = (int)socket._socket.HttpStatusCode;
            await socket.DisposeAsync();
            throw new HandshakeRefusedException(status, refused);
        }
    }

    /// <summary>Opens it and shakes hands.</summary>
    public static async Task<RawSocket> ConnectAsync(Uri server, string token, string protocol = "json", string? origin = null, string hub = "worker")
    {
        var socket = await OpenAsync(server, token, hub, origin);
        await socket.SendAsync($$"""{"protocol":"{{protocol}}","version":1}""" + End);
        using var patience = new CancellationTokenSource(Patience);
        (await socket.FrameAsync(patience.Token)).ShouldBe("{}");
        return socket;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, WebSocketMessageType type = WebSocketMessageType.Binary)
    {
        using var patience = new CancellationTokenSource(Patience);
        await _socket.SendAsync(bytes, type, endOfMessage: true, patience.Token);
    }

    /// <summary>One frame of the JSON protocol.</summary>
    public Task SendFrameAsync(string json) => SendAsync(json + End);

    /// <summary>Calls a method with arguments written by hand; the whole completion, or null when the server closed the connection instead.</summary>
    public async Task<JsonElement?> CallAsync(string target, string arguments)
    {
        var id = $"{++_invocations}";
        await SendFrameAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{target}}","arguments":[{{arguments}}]}""");
        return await CompletionAsync(id);
    }

    /// <summary>The completion of an invocation, past all pushes; null when the server closed the connection instead.</summary>
    public async Task<JsonElement?> CompletionAsync(string id)
    {
        // For all of it: the server's pings must not make the wait endless.
        using var patience = new CancellationTokenSource(Patience);
        while (await FrameAsync(patience.Token) is { } frame)
        {
            using var document = JsonDocument.Parse(frame);
            if (document.RootElement.GetProperty("type").GetInt32() == 3 && document.RootElement.GetProperty("invocationId").GetString() == id) return document.RootElement.Clone();
        }

        return null;
    }

    /// <summary>The result of a call that must be answered.</summary>
    public async Task<JsonElement> ResultAsync(string target, string arguments)
    {
        var completion = (await CallAsync(target, arguments)).ShouldNotBeNull($"the connection was closed on {target}");
        completion.TryGetProperty("error", out var error).ShouldBeFalse($"{target}: {error}");
        return completion.TryGetProperty("result", out var result) ? result : default;
    }

    /// <summary>The refusal code of a call that must be answered with one.</summary>
    public async Task<string?> CodeAsync(string target, string arguments)
    {
        var refusal = (await ResultAsync(target, arguments)).GetProperty("refusal");
        return refusal.ValueKind == JsonValueKind.Null ? null : refusal.GetProperty("code").GetString();
    }

    /// <summary>Everything until the server closes the connection.</summary>
    public async Task<string> UntilClosedAsync()
    {
        var said = new StringBuilder();
        using var patience = new CancellationTokenSource(Patience);
        while (await FrameAsync(patience.Token) is { } frame) said.AppendLine(frame);
        return said.ToString();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The next frame; null when the connection is closed.</summary>
    private async Task<string?> FrameAsync(CancellationToken patience)
    {
        while (true)
        {
            var text = _text.ToString();
            if (text.IndexOf(End) is >= 0 and var end)
            {
                _text.Remove(0, end + 1);
                return text[..end];
            }

            try
            {
                var received = await _socket.ReceiveAsync(_buffer.AsMemory(), patience);
                if (received.MessageType == WebSocketMessageType.Close) return null;
                _text.Append(Encoding.UTF8.GetString(_buffer.AsSpan(0, received.Count)));
            }
            catch (WebSocketException)
            {
                return null;
            }
        }
    }
}

/// <summary>The server did not take the handshake.</summary>
internal sealed class HandshakeRefusedException(int status, Exception inner) : Exception($"The handshake was answered with {status}.", inner)
{
    public int Status { get; } = status;
}
