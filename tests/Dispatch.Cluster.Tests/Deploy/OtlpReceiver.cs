using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Dispatch.Cluster.Tests.Deploy;

/// <summary>Takes what a server sends by OTLP, over gRPC or over plain HTTP, as a collector does, and keeps it as it came: names are written in it as they are.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, string Content)> _received = new();

    private OtlpReceiver(int port, HttpProtocols protocol)
    {
        Address = new Uri($"http://127.0.0.1:{port}");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port, listen => listen.Protocols = protocol));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public Uri Address { get; }

    /// <param name="port">Where it listens on 127.0.0.1.</param>
    /// <param name="protocol">HTTP/2 for gRPC, HTTP/1.1 for http/protobuf.</param>
    public static async Task<OtlpReceiver> StartAsync(int port, HttpProtocols protocol)
    {
        var receiver = new OtlpReceiver(port, protocol);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Whether a word came in a message of a service, such as <c>MetricsService</c>, or of a path, such as <c>/v1/metrics</c>.</summary>
    public bool Has(string service, string word) => _received.Any(message => message.Path.Contains(service, StringComparison.Ordinal) && message.Content.Contains(word, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        _received.Enqueue((context.Request.Path.Value!, Encoding.Latin1.GetString(body.ToArray())));
        if (context.Request.ContentType != "application/grpc")
        {
            context.Response.ContentType = "application/x-protobuf";
            return;
        }

        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");

        // An empty message: not compressed, of length 0.
        await context.Response.BodyWriter.WriteAsync(new byte[5], context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
