using System.Reflection;
using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Client.Tests.Wire;

/// <summary>One message of any type of the contract, every member of it filled with something that is not the default: a member that gets lost shows.</summary>
internal static class Samples
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>A filled message, or one whose members that may be null are null.</summary>
    public static object Make(Type type, bool sparse = false) => Value(type, sparse, seed: 1)!;

    /// <summary>What a message says, member by member: records compare lists by reference, which says nothing.</summary>
    public static string Describe(object? message) => message switch
    {
        null => "null",
        JsonText json => Canonical(json.Json),
        string or Guid or int or long or double or bool or Enum => $"{message.GetType().Name} {message}",
        DateTimeOffset time => $"time {time.UtcTicks}",
        System.Collections.IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Describe))}]",
        _ => $"{message.GetType().Name} {{ {string.Join(", ", Members(message.GetType()).Select(member => $"{member.Name}: {Describe(member.GetValue(message))}"))} }}",
    };

    private static IEnumerable<PropertyInfo> Members(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(member => member.SetMethod is not null).OrderBy(member => member.Name, StringComparer.Ordinal);

    private static string Canonical(string json) => JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);

    private static object? Value(Type type, bool sparse, int seed)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return $"text {seed} \u00e9\U0001F600 \"<'&";
        if (type == typeof(Guid)) return new Guid(seed, 7, 7, 1, 2, 3, 4, 5, 6, 7, 8);
        if (type == typeof(int)) return 1_000 + seed;
        if (type == typeof(long)) return 9_000_000_000_000L + seed;
        if (type == typeof(double)) return seed + 0.125;
        if (type == typeof(bool)) return true;
        if (type == typeof(DateTimeOffset)) return DateTimeOffset.UnixEpoch.AddDays(20_000 + seed).AddTicks(12_345_67);
        if (type == typeof(JsonText)) return new JsonText($$$"""{"n":{{{seed}}},"list":[1.50,null,"\u00e9 \ud83d\ude00"],"deep":{"a":{"b":[] } } }""");
        if (type.IsEnum) return Enum.GetValues(type).GetValue(1);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            var list = Array.CreateInstance(type.GetGenericArguments()[0], 2);
            for (var i = 0; i < 2; i++) list.SetValue(Value(type.GetGenericArguments()[0], sparse, seed + i), i);
            return list;
        }

        var message = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type);
        foreach (var member in Members(type))
        {
            var isEmpty = sparse && Nullability.Create(member).WriteState == NullabilityState.Nullable;
            member.SetValue(message, isEmpty ? null : Value(member.PropertyType, sparse, seed++));
        }

        return message;
    }
}
