using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts.Api;
using Dispatch.Server.Tests.BadInput;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Fuzzing;

/// <summary>Lines of every form, changed in every way: each import ends with a report that adds up, and what was taken can be worked on.</summary>
[Collection(nameof(HubServer))]
public sealed class ImportFuzzTests
{
    private const int LinesMax = 20;

    private static readonly string[] Formats = ["jsonl", "csv", "trl-preference", "trl-unpaired"];

    [Fact]
    public Task Imports_OnSqlite_EndWithAReport() => RunAsync(postgreSql: false, rounds: 60);

    [PostgreSqlFact]
    public Task Imports_OnPostgreSql_EndWithAReport() => RunAsync(postgreSql: true, rounds: 15);

    private static Task RunAsync(bool postgreSql, int rounds) => FuzzServer.RunAsync(postgreSql, async (server, random) =>
    {
        var json = new HostileJson(random);
        var worked = 0;
        for (var round = FuzzServer.Rounds(rounds); round > 0; round--)
        {
            var form = json.Pick(FuzzForms.All);
            var project = await ProjectAsync(server, json, form);
            var batch = await server.Harness.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
            var lines = string.Join(json.Chance(10) ? "\r\n" : "\n", Enumerable.Range(1, 1 + random.Next(LinesMax))
                .Select(i => json.Mutate(form.Line.Replace("ID", $"t{i}", StringComparison.Ordinal), json.Chance(2) ? 100 : 8)));
            if (await ImportAsync(server, random, json, batch, lines) > 0) worked += await WorkAsync(server, json, form, project, batch) ? 1 : 0;
        }

        worked.ShouldBeGreaterThan(0);
    });

    /// <summary>A project whose binding and settings are changed, where the server takes them; else as they should be.</summary>
    private static async Task<Guid> ProjectAsync(FuzzServer server, HostileJson json, FuzzForm form)
    {
        var spec = $$"""{"type":"{{form.Type}}","settings":{{form.Settings}},"binding":{{form.Binding}}}""";
        foreach (var tried in (string[])[json.Mutate(spec, 40), spec])
        {
            var body = $$"""{"name":"project {{Guid.NewGuid():N}}","form":{{tried}}}""";
            using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/projects") { Content = FuzzServer.Json(body) };
            request.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
            var (status, text) = await server.SendAsync(request, body);
            if (status < 300) return JsonDocument.Parse(text).RootElement.GetProperty("id").GetGuid();
        }

        throw new InvalidOperationException($"The form as it should be was refused: {spec}");
    }

    /// <summary>Sends the file twice under one key. How many lines were taken.</summary>
    private static async Task<long> ImportAsync(FuzzServer server, Random random, HostileJson json, Guid batch, string lines)
    {
        var (bytes, encoding) = Packed(random, json, lines);
        var address = $"api/v1/batches/{batch}/imports{(json.Chance(6) ? "?mode=all-or-nothing" : "")}";
        var key = $"{Guid.NewGuid()}";
        List<(int Status, string Text)> replies = [];
        for (var times = 2; times > 0; times--)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(bytes) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            if (encoding is not null) request.Content.Headers.ContentEncoding.Add(encoding);
            request.Headers.Add("Idempotency-Key", key);
            replies.Add(await server.SendAsync(request, lines));
        }

        if (replies[0].Status >= 300) return 0;
        replies[1].ShouldBe(replies[0], FuzzServer.Cut(lines));
        var report = JsonDocument.Parse(replies[0].Text).RootElement;
        var told = $"{FuzzServer.Cut(replies[0].Text)}\nfor {FuzzServer.Cut(lines)}";
        report.GetProperty("status").GetString().ShouldBeOneOf(["completed", "discarded"], told);
        var (accepted, refused) = (report.GetProperty("accepted").GetInt64(), report.GetProperty("refused").GetInt64());
        (accepted + refused).ShouldBeLessThanOrEqualTo(report.GetProperty("linesDone").GetInt64(), told);
        foreach (var error in report.GetProperty("errors").EnumerateArray())
        {
            FuzzServer.ShouldBeKnown(error.GetProperty("code").GetString()!, told);
            error.GetProperty("message").GetString().ShouldNotBeNullOrWhiteSpace(told);
        }

        if (refused > 0) report.GetProperty("errors").GetArrayLength().ShouldBeGreaterThan(0, told);
        return report.GetProperty("goodLinesKept").GetBoolean() ? accepted : 0;
    }

    private static (byte[] Bytes, string? Encoding) Packed(Random random, HostileJson json, string lines)
    {
        var plain = Encoding.UTF8.GetBytes(lines);
        var cut = plain[..random.Next(plain.Length + 1)];
        var zipped = Gzip(plain);
        return random.Next(24) switch
        {
            0 => (cut, null),
            1 => (Encoding.Unicode.GetBytes("\ufeff" + lines), null),
            2 => ([0xEF, 0xBB, 0xBF, .. plain], null),
            3 => ([.. plain, (byte)'\n', 0xEF, 0xBB, 0xBF, .. plain], null),
            4 => (zipped, null),
            5 => (zipped, "gzip"),
            6 => (zipped[..random.Next(zipped.Length)], "gzip"),
            7 => ([.. zipped, .. Gzip(Encoding.UTF8.GetBytes("\n" + lines))], "gzip"),
            8 => (plain, "gzip"),
            9 => ([.. cut, (byte)random.Next(256), .. plain], null),
            10 => (Encoding.UTF8.GetBytes($"[{lines.Replace("\n", ",\n", StringComparison.Ordinal)}]"), null),
            11 => (plain, json.Pick(["br", "identity", "x"])),
            _ => (plain, null),
        };
    }

    private static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(plain);
        return packed.ToArray();
    }

    /// <summary>Somebody works on what was taken, and it is exported in all formats; the export comes in again.</summary>
    private static async Task<bool> WorkAsync(FuzzServer server, HostileJson json, FuzzForm form, Guid project, Guid batch)
    {
        await server.Harness.Api.ChangeBatchAsync(batch, "open");
        var token = await server.Harness.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"w {Guid.NewGuid():N}", ProjectIds = [project] });
        await using var socket = await RawSocket.ConnectAsync(server.Harness.Address, token.Token);
        await socket.ResultAsync("Connect", "null");
        await socket.ResultAsync("SetActivity", $$"""{"operationId":"{{Guid.NewGuid()}}","activity":"available"}""");
        var held = await Bench.HeldAsync(socket);
        var (id, epoch) = (held.GetProperty("assignmentId").GetGuid(), held.GetProperty("leaseEpoch").GetInt32());
        await socket.ResultAsync("Shown", $"\"{id}\"");
        var wrong = await socket.CallAsync("Submit", Command(id, epoch, $"\"answer\":{json.Mutate(form.Answer, 2)}"));
        if (wrong is null) return false;
        var answered = await socket.CodeAsync("Submit", Command(id, epoch, $"\"answer\":{form.Answer}"));
        if (answered == "form_mismatch") (await socket.CodeAsync("Return", Command(id, epoch, "\"reason\":\"x\""))).ShouldBeNull();
        foreach (var format in Formats)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/batches/{batch}/export?format={format}");
            var (status, exported) = await server.SendAsync(request, format);
            if (status != 200 || format == "csv" || exported.Length == 0) continue;
            using var again = new HttpRequestMessage(HttpMethod.Post, $"api/v1/batches/{batch}/imports");
            again.Content = new StringContent(exported, Encoding.UTF8, "application/x-ndjson");
            again.Headers.Add("Idempotency-Key", $"{Guid.NewGuid()}");
            await server.SendAsync(again, exported);
        }

        return true;
    }

    private static string Command(Guid assignment, int epoch, string more) =>
        $$"""{"operationId":"{{Guid.NewGuid()}}","assignmentId":"{{assignment}}","leaseEpoch":{{epoch}},{{more}}}""";
}
