using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;

namespace Dispatch.Server.Hubs;

/// <summary>JSON as the hubs read it.</summary>
internal static class HubJson
{
    /// <summary>
    /// The contract's own JSON, save that a command may lack a member: it then has the value that MessagePack gives it too, and is refused
    /// with its code and place. Left to the serializer, the caller would only be told that the call failed.
    /// </summary>
    public static void Apply(JsonSerializerOptions options)
    {
        DispatchJson.Apply(options);
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LetMembersBeMissing } };
    }

    private static void LetMembersBeMissing(JsonTypeInfo type)
    {
        if (type.Type.Namespace != typeof(SubmitCommand).Namespace) return;
        foreach (var member in type.Properties) member.IsRequired = false;
    }
}
