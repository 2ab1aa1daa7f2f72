using System.Text;
using System.Text.Json;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-10 and B-12: text that cannot be stored is refused, and all other text comes out as it went in, on both stores.</summary>
[Collection(nameof(HubServer))]
public sealed class TextTests
{
    private static readonly string[] Odd =
    [
        "'; DROP TABLE answer; --",
        "\" OR \"\"=\"",
        "%_\\ $1 {0} @p ?",
        "\u202Egnirts\u202C",
        "a\u200Bb\u200D\uFEFFc",
        "\U0001F469\u200D\U0001F4BB\U0001F1E9\U0001F1EA",
        "e\u0301 is not \u00e9",
        "\u00e9 is not e\u0301",
        "\uFFFE\uFFFF\uFFFD",
        "tab\tand\nline\r\nand \u001f bell \u0007 del \u007f",
        "\\u0000 spelled out",
        "</script><script>alert(1)</script>",
        "\u0130\u0131\u017F\u1E9E",
    ];

    [Fact]
    public Task Text_OnSqlite_ComesOutAsItWentIn() => RunAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Text_OnPostgreSql_ComesOutAsItWentIn() => RunAsync(postgreSql: true);

    private static async Task RunAsync(bool postgreSql)
    {
        var server = new HubServer();
        await server.StartAsync(postgreSql);
        try
        {
            foreach (var text in Odd) await ComesThroughAsync(server, text);
            await CannotBeStoredAsync(server);
            await server.ShouldStillServeAsync();
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>Import, content shown, draft, answer and export: the same text, code unit by code unit.</summary>
    private static async Task ComesThroughAsync(HubServer server, string text)
    {
        var json = JsonSerializer.Serialize(text);
        var (project, batch) = await server.SeedAsync(lines: $$"""{"id":{{json}},"p":{{json}},"x":{{json}},"y":"y"}""");
        await using var bench = await server.BenchAsync(project, batch);
        var content = bench.Task.GetProperty("content");
        content.GetProperty("prompt")[0].GetProperty("text").GetString().ShouldBe(text);
        content.GetProperty("responses").EnumerateArray().ShouldContain(response => string.Equals(response.GetProperty("text").GetString(), text, StringComparison.Ordinal));

        // The grain takes the spelling of a NUL for one; the draft alone is refused then, and the answer is not.
        if (!text.Contains("\\u0000", StringComparison.Ordinal))
        {
            (await bench.Socket.CodeAsync("SaveDraft", bench.Draft($$"""{"reason":{{json}}}"""))).ShouldBeNull();
            (await Bench.HeldAsync(bench.Socket)).GetProperty("draft").GetProperty("reason").GetString().ShouldBe(text);
        }

        (await bench.Socket.CodeAsync("Submit", bench.Submit($$"""{"choice":"1","reason":{{json}}}"""))).ShouldBeNull();
        var row = (await server.ExportAsync(batch)).ShouldHaveSingleItem();
        string.Equals(row.GetProperty("task_key").GetString(), text, StringComparison.Ordinal).ShouldBeTrue();
        string.Equals(row.GetProperty("answer").GetProperty("reason").GetString(), text, StringComparison.Ordinal).ShouldBeTrue();

        (await bench.Socket.CodeAsync("SetActivity", $$"""{"operationId":"{{Guid.NewGuid()}}","activity":"break","reason":{{json}}}""")).ShouldBeNull();
        (await bench.Socket.ResultAsync("Connect", "null")).GetProperty("activityReason").GetString().ShouldBe(text);
    }

    private static async Task CannotBeStoredAsync(HubServer server)
    {
        foreach (var escape in (string[])["\\u0000", "\\ud800", "\\udc00", "\\ud83d x", "\\udc00\\ud800"])
        {
            var json = $"\"before {escape} after\"";
            var (project, batch) = await server.SeedAsync();
            var import = await server.Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes($$"""{"id":"odd","p":{{json}},"x":"x","y":"y"}""")));
            (import.Accepted, import.Refused).ShouldBe((0, 1), escape);

            await using var bench = await server.BenchAsync(project, batch);
            (await bench.Socket.CodeAsync("SaveDraft", bench.Draft($$"""{"reason":{{json}}}"""))).ShouldBe("value_out_of_range", escape);
            (await bench.Socket.CodeAsync("SaveDraft", bench.Draft("{" + json + ":1}"))).ShouldBe("value_out_of_range", escape);
            (await bench.Socket.CodeAsync("Submit", bench.Submit($$"""{"choice":"1","reason":{{json}}}"""))).ShouldBe("form_mismatch", escape);
            (await bench.Socket.CodeAsync("Submit", bench.Submit($$"""{"choice":{{json}}}"""))).ShouldBe("form_mismatch", escape);
            await RefusedAsync(bench, "Return", bench.Return(json));
            await RefusedAsync(bench, "SetActivity", $$"""{"operationId":"{{Guid.NewGuid()}}","activity":"break","reason":{{json}}}""");
            await bench.ShouldBeUntouchedAsync();
            (await bench.Socket.ResultAsync("Connect", "null")).GetProperty("activity").GetString().ShouldBe("available", escape);
        }
    }

    /// <summary>NUL is a character and is refused by name; half a surrogate pair is no text at all, and the serializer already fails the call.</summary>
    private static async Task RefusedAsync(Bench bench, string method, string command)
    {
        var completion = (await bench.Socket.CallAsync(method, command)).ShouldNotBeNull();
        if (completion.TryGetProperty("result", out var result)) result.GetProperty("refusal").GetProperty("code").GetString().ShouldBe("value_out_of_range");
        else completion.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.String);
    }
}
