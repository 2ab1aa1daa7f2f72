using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dispatch.Server.Tests.Fuzzing;

/// <summary>JSON that is right, nearly right and wrong. The same random source gives the same texts.</summary>
internal sealed class HostileJson(Random random)
{
    private const int DeepNesting = 400;
    private const int LongText = 20_000;

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-0", "1", "-1", "2", "3.5", "1e2", "1e400", "-1e400", "1e-400", "2147483648", "-2147483649",
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "0.1000000000000000055511151231257827021181583404541015625",
        "123456789012345678901234567890123456789012345678901234567890", "\"\"", "\" \"", "\"x\"", "\"1\"", "\"true\"",
        "\"null\"", "\"NaN\"",
        "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u202eabc\"", "\"\\u2066x\"", "\"\\ufeffx\"",
        "\"\\u200b\"",
        "\"\\ud83d\\ude00\"", "\"' OR 1=1 --\"", "\"<script>alert(1)</script>\"", "\"=1+1\"", "\"%s{0}{x}\"", "\"../../x\"",
        "\"\\r\\n\\u2028\"",
        "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":1}", "{\"a\":{\"a\":{\"a\":1}}}", "[1,\"x\",null,{}]", "{\"$type\":\"x\"}",
        "{\"text\":\"x\"}",
        "[\"x\",\"x\"]", "[\"x\",\"y\",\"z\"]", "[{\"role\":\"user\",\"content\":\"x\"}]", "[{\"from\":\"human\",\"value\":\"x\"}]",
        "[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}]", "[{\"role\":7,\"content\":null}]",
        "{\"start\":0,\"end\":1}", "{\"start\":-1,\"end\":9999999999}", "[[0,1,\"x\"]]", "\"2026-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"0001-01-01T00:00:00+14:00\"", "\"00000000-0000-0000-0000-000000000000\"",
    ];

    private static readonly string[] NoJson = ["NaN", "Infinity", "-Infinity", "undefined", "03", "+3", "0x3", "'x'", "\"\\x\"", "\"a\nb\"", "{,}", "[1,]", ""];

    private static readonly string[] Names = ["id", "x", "", "\\u0000", "\\ud800", "a.b", "0", "__proto__", "key", "type", "field", "map", "\\u202e"];

    public bool Chance(int oneIn) => random.Next(oneIn) == 0;

    public T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>A value for any place: mostly JSON, now and then none.</summary>
    public string Value() => random.Next(60) switch
    {
        0 => Pick(NoJson),
        1 => Deep(),
        2 => JsonSerializer.Serialize(new string(Pick(["a", "é", "\U0001F600", "\u202e", "\"", "\\"])[0], random.Next(LongText))),
        3 => "[" + string.Join(',', Enumerable.Repeat(Pick(Values), random.Next(300))) + "]",
        4 => "{" + string.Join(',', Enumerable.Range(0, random.Next(300)).Select(i => $"\"m{i}\":{Pick(Values)}")) + "}",
        5 => "{\"" + Pick(Names) + "\":" + Pick(Values) + ",\"" + Pick(Names) + "\":" + Pick(Values) + "}",
        _ => Pick(Values),
    };

    private string Deep()
    {
        var depth = Pick([10, 31, 32, 33, 63, 64, 65, DeepNesting]);
        return Chance(2)
            ? new string('[', depth) + new string(']', depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
    }

    /// <summary>A text of JSON with a share of its values, names and members changed.</summary>
    /// <param name="json">What would be right.</param>
    /// <param name="oneIn">Each place is changed with the chance of one in so many.</param>
    public string Mutate(string json, int oneIn)
    {
        var text = new StringBuilder();
        Write(text, JsonNode.Parse(json), oneIn);
        return text.ToString();
    }

    private void Write(StringBuilder text, JsonNode? node, int oneIn)
    {
        if (Chance(oneIn))
        {
            text.Append(Value());
            return;
        }

        switch (node)
        {
            case JsonObject members:
                text.Append('{');
                var first = true;
                foreach (var (name, value) in members)
                {
                    if (Chance(oneIn)) continue;
                    for (var times = Chance(oneIn * 4) ? 2 : 1; times > 0; times--)
                    {
                        text.Append(first ? "" : ",").Append(Chance(oneIn * 4) ? $"\"{Pick(Names)}\"" : JsonSerializer.Serialize(name)).Append(':');
                        Write(text, value, oneIn);
                        first = false;
                    }
                }

                if (Chance(oneIn)) text.Append(first ? "" : ",").Append('"').Append(Pick(Names)).Append("\":").Append(Value());
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Write(text, items[i], oneIn);
                }

                text.Append(']');
                break;
            default:
                text.Append(node?.ToJsonString() ?? "null");
                break;
        }
    }
}
