using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dispatch.Server.Hubs;

/// <summary>
/// A protocol of SignalR in which every error has its code first. What cannot be read (an argument that is missing or of another type, a method that is not there, a frame that is
/// none) never reaches the hub or its filters: SignalR answers it by itself, in words without a code. Here it gets one. It is also told quietly, because whoever
/// sends nonsense in a loop must not fill the log.
/// </summary>
/// <param name="inner">The protocol.</param>
/// <param name="logger">Log.</param>
internal sealed partial class CodedHubProtocol(IHubProtocol inner, ILogger<CodedHubProtocol> logger) : IHubProtocol
{
    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    /// <summary>Puts one around every protocol that is registered.</summary>
    /// <param name="services">The services.</param>
    public static void Wrap(IServiceCollection services)
    {
        foreach (var protocol in services.Where(service => service.ServiceType == typeof(IHubProtocol) && service.ImplementationType is not null).ToArray())
        {
            services.Remove(protocol);
            services.AddSingleton<IHubProtocol>(provider => new CodedHubProtocol(
                (IHubProtocol)ActivatorUtilities.CreateInstance(provider, protocol.ImplementationType!), provider.GetRequiredService<ILogger<CodedHubProtocol>>()));
        }
    }

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(Coded(message));

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(Coded(message), output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        try
        {
            if (!inner.TryParseMessage(ref input, binder, out message)) return false;
        }
        catch (Exception failure) when (failure is InvalidDataException or JsonException)
        {
            LogUnreadable(failure.Message);
            throw HubRefusals.Exception(RefusalCode.MalformedRequest, "The connection sent what is no message of the protocol, and is closed.");
        }

        if (message is InvocationBindingFailureMessage unfit)
        {
            LogUnreadable(unfit.BindingFailure.SourceException.GetType().Name);
            message = new InvocationBindingFailureMessage(unfit.InvocationId, unfit.Target, ExceptionDispatchInfo.Capture(Malformed(unfit.BindingFailure.SourceException)));
        }

        return true;
    }

    private static HubException Malformed(Exception failure)
    {
        // SignalR's own word for the one thing that is no matter of arguments: "Method does not exist."
        if (failure is HubException unknown) return HubRefusals.Exception(RefusalCode.MalformedRequest, $"{unknown.Message} Compare its name with the protocol.");
        var json = failure as JsonException ?? failure.InnerException as JsonException;
        var place = json?.Path is { Length: > 1 } path ? $" The fault is at {path}." : "";
        return HubRefusals.Exception(RefusalCode.MalformedRequest, $"The arguments are not those that this method takes: one is missing, one too many, or of another type.{place} Compare them with the protocol.");
    }

    private static HubMessage Coded(HubMessage message) => message switch
    {
        CompletionMessage { Error: { } error } completion => new CompletionMessage(completion.InvocationId!, HubRefusals.Coded(error), result: null, hasResult: false) { Headers = completion.Headers },

        // A connection is closed for many reasons that are no refusal; only one that carries a code is told by it.
        CloseMessage { Error: { } error } close when error.Contains("HubException: ", StringComparison.Ordinal) => new CloseMessage(HubRefusals.Coded(error), close.AllowReconnect),
        _ => message,
    };

    [LoggerMessage(2454, LogLevel.Debug, "What a connection sent was refused, because it cannot be read: {Failure}")]
    private partial void LogUnreadable(string failure);
}
