using System.Net.WebSockets;
using System.Text;
using Dispatch.LoadTests.Subjects.Dispatching;

namespace Dispatch.LoadTests.Running;

/// <summary>Connections that ask for snapshots and never read what they get: what waits for them must not grow, and nobody else must notice.</summary>
internal static class SlowReaders
{
    private const byte RecordSeparator = 0x1e;
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(100);

    public static Task RunAsync(DispatchSubject subject, int count, TimeSpan length, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => OneAsync(subject, i, length, stop)));

    private static async Task OneAsync(DispatchSubject subject, int index, TimeSpan length, CancellationToken stop)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop);
        until.CancelAfter(length);
        using var socket = new ClientWebSocket();
        try
        {
            var token = await subject.TokenAsync(100_000 + index, until.Token);
            var address = new UriBuilder(subject.Addresses[index % subject.Addresses.Count]) { Scheme = "ws", Path = "/hubs/worker", Query = $"access_token={token}" };
            await socket.ConnectAsync(address.Uri, until.Token);
            await SendAsync(socket, """{"protocol":"json","version":1}""", until.Token);
            for (var n = 0; !until.IsCancellationRequested; n++)
            {
                await SendAsync(socket, $$"""{"type":1,"invocationId":"{{n}}","target":"Connect","arguments":[null]}""", until.Token);
                await Task.Delay(AskEvery, until.Token);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or WebSocketException)
        {
            // Its time is over, or the server had enough of it.
        }
    }

    private static ValueTask SendAsync(ClientWebSocket socket, string text, CancellationToken stop) =>
        socket.SendAsync(new ReadOnlyMemory<byte>([.. Encoding.UTF8.GetBytes(text), RecordSeparator]), WebSocketMessageType.Text, endOfMessage: true, stop);
}
