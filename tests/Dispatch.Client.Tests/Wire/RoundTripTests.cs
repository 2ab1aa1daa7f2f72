using System.Buffers;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Client.Tests.Wire;

/// <summary>Every message of the contract comes back from every wire as it went in. The types are read from the assembly: a new one is tried without being named here.</summary>
public sealed class RoundTripTests
{
    private static readonly string[] HubNamespaces = [typeof(SubmitCommand).Namespace!, typeof(ProjectGauges).Namespace!, typeof(Refusal).Namespace!];

    private static readonly Type[] Messages =
        [.. typeof(DispatchJson).Assembly.GetExportedTypes().Where(type => IsMessage(type) && type.Namespace!.StartsWith("Dispatch.Contracts", StringComparison.Ordinal) && type != typeof(JsonText)).SelectMany(Closed)];

    private static bool IsMessage(Type type) => type is { IsClass: true, IsAbstract: false } && type.GetMethod("<Clone>$") is not null;

    private static IEnumerable<Type> Closed(Type type) => type.IsGenericTypeDefinition ? [type.MakeGenericType(typeof(BatchDto)), type.MakeGenericType(typeof(WorkerDto))] : [type];

    public static TheoryData<Type, bool> All => Cases(Messages);

    public static TheoryData<Type, bool> OfHubs => Cases(Messages.Where(type => HubNamespaces.Contains(type.Namespace)));

    private static TheoryData<Type, bool> Cases(IEnumerable<Type> types)
    {
        TheoryData<Type, bool> cases = [];
        foreach (var type in types)
        {
            cases.Add(type, false);
            cases.Add(type, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Json_BringsBackWhatWentIn(Type type, bool sparse)
    {
        var message = Samples.Make(type, sparse);
        var json = JsonSerializer.Serialize(message, type, DispatchJson.Options);
        Samples.Describe(JsonSerializer.Deserialize(json, type, DispatchJson.Options)).ShouldBe(Samples.Describe(message), json);
        if (!sparse) ShouldFollowTheRules(JsonDocument.Parse(json).RootElement);
    }

    [Theory]
    [MemberData(nameof(OfHubs))]
    public void HubJson_BringsBackWhatWentIn(Type type, bool sparse) => ThroughHub(type, sparse, services => services.AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions)));

    [Theory]
    [MemberData(nameof(OfHubs))]
    public void MessagePack_BringsBackWhatWentIn(Type type, bool sparse) => ThroughHub(type, sparse, services => services.AddMessagePackProtocol());

    /// <summary>A value inside a message is itself on JSON, and text on MessagePack; either way a command says the same.</summary>
    [Fact]
    public void Contract_HasTheMessagesThisTestMeans()
    {
        Messages.ShouldContain(typeof(SubmitCommand));
        Messages.ShouldContain(typeof(ProjectGauges));
        Messages.ShouldContain(typeof(PageDto<BatchDto>));
        Messages.Length.ShouldBeGreaterThan(35);
        JsonSerializer.Serialize(new SubmitCommand { OperationId = Guid.Empty, AssignmentId = Guid.Empty, LeaseEpoch = 1, Answer = new JsonText("""{"choice":"1"}""") }, DispatchJson.Options)
            .ShouldContain(""" "answer":{"choice":"1"} """.Trim());
    }

    [Fact]
    public void EveryEnumMember_IsItsNameInSnakeCase()
    {
        foreach (var type in typeof(DispatchJson).Assembly.GetExportedTypes().Where(type => type.IsEnum))
        {
            foreach (var value in Enum.GetValues(type))
            {
                var json = JsonSerializer.Serialize(value, type, DispatchJson.Options);
                json.ShouldBe($"\"{JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!)}\"");
                JsonSerializer.Deserialize(json, type, DispatchJson.Options).ShouldBe(value);
                Should.Throw<JsonException>(() => JsonSerializer.Deserialize($"{Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)}", type, DispatchJson.Options));
            }
        }
    }

    private static void ThroughHub(Type type, bool sparse, Func<ISignalRServerBuilder, ISignalRServerBuilder> configure)
    {
        ServiceCollection services = new();
        services.AddLogging();
        configure(services.AddSignalRCore());
        using var provider = services.BuildServiceProvider();
        var protocol = provider.GetServices<IHubProtocol>().Last();
        var message = Samples.Make(type, sparse);

        var frame = new ReadOnlySequence<byte>(protocol.GetMessageBytes(new InvocationMessage("target", [message])));
        protocol.TryParseMessage(ref frame, new Binder(type), out var read).ShouldBeTrue();

        var arguments = read.ShouldBeOfType<InvocationMessage>().Arguments;
        Samples.Describe(arguments.ShouldHaveSingleItem()).ShouldBe(Samples.Describe(message));
    }

    /// <summary>Members in camelCase, times in ISO 8601.</summary>
    private static void ShouldFollowTheRules(JsonElement message)
    {
        foreach (var member in message.EnumerateObject())
        {
            char.IsLower(member.Name[0]).ShouldBeTrue(member.Name);
            if (member.Name.EndsWith("At", StringComparison.Ordinal)) member.Value.GetDateTimeOffset().Offset.ShouldBe(TimeSpan.Zero);
        }
    }

    private sealed class Binder(Type type) : IInvocationBinder
    {
        public IReadOnlyList<Type> GetParameterTypes(string methodName) => [type];

        public Type GetReturnType(string invocationId) => type;

        public Type GetStreamItemType(string streamId) => type;
    }
}
