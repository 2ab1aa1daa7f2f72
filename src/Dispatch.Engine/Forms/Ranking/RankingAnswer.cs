using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Ranking;

/// <summary>Canonical answers <c>{"ranking":["b",["a","c"]],"reason"}</c>: best first, a list inside the list where several share a place.</summary>
internal static class RankingAnswer
{
    /// <summary>Canonical keys, by index.</summary>
    public static readonly string[] Keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

    /// <summary>The place of each response, by index; 0 is best, and equals share a place.</summary>
    public static double[] Places(JsonElement answer)
    {
        var groups = Groups(answer);
        var places = new double[groups.Sum(group => group.Count)];
        for (var place = 0; place < groups.Count; place++)
        {
            foreach (var index in groups[place]) places[index] = place;
        }

        return places;
    }

    /// <summary>Indices by place.</summary>
    public static List<List<int>> Groups(JsonElement answer) =>
    [
        .. answer.GetProperty("ranking").EnumerateArray().Select(place => place.ValueKind == JsonValueKind.Array
            ? place.EnumerateArray().Select(key => Array.IndexOf(Keys, key.GetString())).ToList()
            : [Array.IndexOf(Keys, place.GetString())]),
    ];

    /// <summary>Writes groups in canonical form: equals in the order of their keys.</summary>
    public static string Write(IEnumerable<IReadOnlyCollection<int>> groups, string? reason) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("ranking");
        foreach (var group in groups)
        {
            if (group.Count > 1) writer.WriteStartArray();
            foreach (var index in group.Order()) writer.WriteStringValue(Keys[index]);
            if (group.Count > 1) writer.WriteEndArray();
        }

        writer.WriteEndArray();
        if (reason is not null) writer.WriteString("reason", reason);
        writer.WriteEndObject();
    });

    /// <summary>The answer, or each of the accepted ones, with every place as a list: <c>{"ranking":[["b"],["a","c"]]}</c>.</summary>
    public static string WriteListed(JsonElement answer) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (var member in answer.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            if (member.NameEquals("accepted"))
            {
                writer.WriteStartArray();
                foreach (var one in member.Value.EnumerateArray()) writer.WriteRawValue(WriteListed(one));
                writer.WriteEndArray();
                continue;
            }

            if (!member.NameEquals("ranking"))
            {
                member.Value.WriteTo(writer);
                continue;
            }

            writer.WriteStartArray();
            foreach (var group in Groups(answer))
            {
                writer.WriteStartArray();
                foreach (var index in group) writer.WriteStringValue(Keys[index]);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    });

    /// <summary>Responses of equal number share a place.</summary>
    /// <param name="numbers">By response.</param>
    /// <param name="isHighestBest">Else the lowest is.</param>
    public static IEnumerable<IReadOnlyCollection<int>> ByNumber(IReadOnlyList<double> numbers, bool isHighestBest) =>
        numbers.Index().GroupBy(pair => pair.Item).OrderBy(group => isHighestBest ? -group.Key : group.Key).Select(group => (IReadOnlyCollection<int>)[.. group.Select(pair => pair.Index)]);
}
