using System.Buffers;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Dispatch.Benchmarks.Messages;

/// <summary>The two messages of a cycle, an answer in and the next task out, through what they are written with.</summary>
internal sealed class Exchange
{
    private const int PromptCharacters = 400;

    private readonly SubmitCommand _submit;
    private readonly InvocationMessage _call;
    private readonly CompletionMessage _completion;
    private readonly ArrayBufferWriter<byte> _buffer = new(8_192);
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private readonly DeepCopier _copier;
    private readonly Serializer<SubmitCommand> _silo;
    private readonly SubmitResult _result;

    public Exchange()
    {
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var text = new string('a', PromptCharacters);
        _submit = new SubmitCommand { OperationId = Guid.NewGuid(), AssignmentId = Guid.NewGuid(), LeaseEpoch = 1, Answer = new JsonText("""{"choice":"1"}"""), ActiveMs = 4_200 };
        _result = new SubmitResult
        {
            HandlingMs = 4_300,
            Position = new StreamPosition { Incarnation = Guid.NewGuid(), N = 17 },
            Next = new AssignmentMessage
            {
                AssignmentId = Guid.NewGuid(),
                ProjectId = Guid.NewGuid(),
                ProjectVersion = 1,
                BatchId = Guid.NewGuid(),
                Tier = BatchTier.Standard,
                Content = new JsonText($$"""{"prompt":"{{text}}","responses":[{"key":"1","text":"{{text}}"},{"key":"2","text":"{{text}}"}]}"""),
                State = AssignmentState.Accepted,
                LeaseEpoch = 1,
                OfferedAt = at,
                LeaseUntil = at.AddMinutes(5),
            },
        };
        _call = new InvocationMessage("1", "Submit", [_submit]);
        _completion = CompletionMessage.WithResult("1", _result);
        _copier = _services.GetRequiredService<DeepCopier>();
        _silo = _services.GetRequiredService<Serializer<SubmitCommand>>();
        MessagePack = Protocol(builder => builder.AddMessagePackProtocol());
        Json = Protocol(builder => builder.AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions)));
    }

    public IHubProtocol MessagePack { get; }

    public IHubProtocol Json { get; }

    /// <summary>Reads the answer, as the server does.</summary>
    public static HubMessage Read(IHubProtocol protocol, ReadOnlyMemory<byte> frame)
    {
        var bytes = new ReadOnlySequence<byte>(frame);
        return protocol.TryParseMessage(ref bytes, SubmitBinder.Only, out var message) ? message : throw new InvalidOperationException("The answer is not a message.");
    }

    /// <summary>Writes the next task into a buffer that is used again.</summary>
    public int Write(IHubProtocol protocol)
    {
        _buffer.ResetWrittenCount();
        protocol.WriteMessage(_completion, _buffer);
        return _buffer.WrittenCount;
    }

    public ReadOnlyMemory<byte> Frame(IHubProtocol protocol) => protocol.GetMessageBytes(_call);

    /// <summary>From grain to grain of one silo: what is immutable is passed as it is.</summary>
    public bool CopyWithinSilo() => ReferenceEquals(_copier.Copy(_submit), _submit) && ReferenceEquals(_copier.Copy(_result), _result);

    /// <summary>From silo to silo.</summary>
    public int WriteToSilo()
    {
        _buffer.ResetWrittenCount();
        _silo.Serialize(_submit, _buffer);
        return _buffer.WrittenCount;
    }

    private static IHubProtocol Protocol(Action<ISignalRServerBuilder> add)
    {
        ServiceCollection services = new();
        services.AddLogging();
        add(services.AddSignalRCore());
        return services.BuildServiceProvider().GetServices<IHubProtocol>().Last();
    }

    private sealed class SubmitBinder : IInvocationBinder
    {
        private static readonly Type[] Submit = [typeof(SubmitCommand)];

        public static readonly SubmitBinder Only = new();

        public IReadOnlyList<Type> GetParameterTypes(string methodName) => Submit;

        public Type GetReturnType(string invocationId) => typeof(SubmitResult);

        public Type GetStreamItemType(string streamId) => typeof(object);
    }
}
