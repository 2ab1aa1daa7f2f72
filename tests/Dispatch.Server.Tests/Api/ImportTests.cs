using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Import;
using Dispatch.TestKit;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>Bad input B-1, B-5, B-10, B-12, B-16 and B-22 as it reaches the import.</summary>
public sealed class ImportTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string UkpBinding = """{"id":"task_id","prompt":"prompt","responses":["response_a","response_b"],"known":"gold","context":["stance","question"]}""";

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static ByteArrayContent Packed(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    private async Task<List<TaskDto>> TasksAsync(Guid batch)
    {
        using var admin = host.Admin();
        List<TaskDto> tasks = [];
        string? cursor = null;
        do
        {
            var page = await (await admin.GetAsync($"api/v1/batches/{batch}/tasks?cursor={cursor}")).ReadAsync<PageDto<TaskDto>>();
            tasks.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return tasks;
    }

    [Fact]
    public async Task KeepGood_ReportsEveryBadLineWithItsNumberAndKeepsTheRest()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        string[] lines =
        [
            Line("a/1"),
            "{not json",
            "",
            """{"id":"b","prompt":"p","x":"1"}""",
            Line("a/1"),
            "[1]",
            "{\"id\":\"deep\",\"prompt\":\"p\",\"x\":\"1\",\"y\":\"2\",\"z\":" + new string('[', 4_000) + new string(']', 4_000) + "}",
            $$"""{"id":"long","prompt":"{{new string('p', Limits.ImportLineBytes)}}"}""",
            """{"id":"nul","prompt":"\u0000","x":"1","y":"2"}""",
            """{"id":"half","prompt":"\ud83d","x":"1","y":"2"}""",
            Line("'; DROP TABLE task;--"),
            Line("=cmd|' /C calc'!A0", "\"a\""),
            Line("\u202E\U0001F600 e\u0301"),
            """{"id":"broken","prompt":"p","x":"1","y""",
        ];

        var response = await admin.ImportAsync(batch, string.Join('\n', lines));
        var report = await response.ReadAsync<ImportDto>();

        (report.Status, report.Mode, report.GoodLinesKept, report.LinesDone, report.Accepted, report.Refused).ShouldBe(("completed", "keep_good", true, 14, 4, 9));
        report.Errors.Select(error => (error.Line, error.Code)).ShouldBe(
        [
            (2, RefusalCode.NotJson), (4, RefusalCode.BindingMismatch), (5, RefusalCode.DuplicateTask), (6, RefusalCode.BindingMismatch), (7, RefusalCode.NotJson),
            (8, RefusalCode.PayloadTooLarge), (9, RefusalCode.BindingMismatch), (10, RefusalCode.BindingMismatch), (14, RefusalCode.NotJson),
        ]);
        report.Errors[1].Place.ShouldBe("$.y");
        (await TasksAsync(batch)).Select(task => task.Key).ShouldBe(["a/1", "'; DROP TABLE task;--", "=cmd|' /C calc'!A0", "\u202E\U0001F600 e\u0301"]);
        host.Signals.Batches.ShouldContain(batch);
        (await (await admin.GetAsync($"api/v1/imports/{report.ImportId}")).Content.ReadAsStringAsync()).ShouldBe(await response.Content.ReadAsStringAsync());
        (await (await admin.GetAsync($"api/v1/batches/{batch}/progress")).ReadAsync<BatchDto>()).Tasks.ShouldBe(4);
    }

    [Fact]
    public async Task AllOrNothing_OneBadLine_StoresNothing()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var report = await (await admin.ImportAsync(batch, $"{Line(1)}\n{Line(2)}\nnonsense\n", query: "?mode=all-or-nothing")).ReadAsync<ImportDto>();
        (report.Status, report.GoodLinesKept, report.Refused).ShouldBe(("discarded", false, 1));
        (await TasksAsync(batch)).ShouldBeEmpty();

        var good = await (await admin.ImportAsync(batch, $"{Line(1)}\n{Line(2)}\n", query: "?mode=all-or-nothing")).ReadAsync<ImportDto>();
        (good.Status, good.GoodLinesKept, good.Accepted).ShouldBe(("completed", true, 2));
        (await TasksAsync(batch)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\n\n\r\n  \n", 0)]
    [InlineData("\uFEFF", 0)]
    [InlineData("\uFEFF{1}\r\n{2}\r\n", 2)]
    [InlineData("{1}\n{2}", 2)]
    [InlineData("{1}\n\n\n{2}\n\n", 2)]
    public async Task LineEndsAndMarks_AreTaken(string shape, int tasks)
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var report = await (await admin.ImportAsync(batch, shape.Replace("{1}", Line(1), StringComparison.Ordinal).Replace("{2}", Line(2), StringComparison.Ordinal))).ReadAsync<ImportDto>();
        (report.Status, report.Accepted, report.Refused).ShouldBe(("completed", tasks, 0));
    }

    [Fact]
    public async Task SameKeyAfterTheEnd_GivesTheStoredReport()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var key = Guid.NewGuid().ToString();
        var first = await (await admin.ImportAsync(batch, Line(1), key)).Content.ReadAsStringAsync();
        var again = await admin.ImportAsync(batch, Line(1), key);
        (await again.Content.ReadAsStringAsync()).ShouldBe(first);
        again.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        await (await admin.ImportAsync(batch, Line(1), key, "?mode=all-or-nothing")).ShouldBeRefusedAsync(409, "operation_conflict");
    }

    /// <summary>The connection that breaks in mid-file is in <see cref="TroubleTests"/>; here the file itself was cut, so the whole one is another body.</summary>
    [Fact]
    public async Task BrokenFile_ReplacedByTheWholeOne_GoesOnByItsId()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var lines = string.Join('\n', Enumerable.Range(1, 5_000).Select(i => Line(i)));
        var key = Guid.NewGuid().ToString();
        var packed = Gzip(lines);
        var problem = await (await admin.ImportAsync(batch, Packed([.. packed.AsSpan(0, packed.Length * 9 / 10)]), key)).ShouldBeRefusedAsync(400, "malformed_request", "Content-Encoding");
        var id = Guid.Parse(System.Text.RegularExpressions.Regex.Match(problem.GetProperty("remedy").GetString()!, "importId=([0-9a-f-]{36})").Groups[1].Value);
        var before = (await TasksAsync(batch)).Count;
        before.ShouldBeInRange(2_000, 4_999);

        await (await admin.ImportAsync(batch, Packed(packed), key)).ShouldBeRefusedAsync(409, "operation_conflict");
        (await (await admin.GetAsync($"api/v1/imports/{id}")).ReadAsync<ImportDto>()).Status.ShouldBe("running");
        await (await admin.ImportAsync(await host.BatchAsync(), Packed(packed), query: $"?importId={id}")).ShouldBeRefusedAsync(404, "unknown_import");
        var report = await (await admin.ImportAsync(batch, Packed(packed), query: $"?importId={id}")).ReadAsync<ImportDto>();
        (report.Status, report.LinesDone, report.Accepted, report.Refused).ShouldBe(("completed", 5_000, 5_000, 0));
        (await TasksAsync(batch)).Select(task => task.Key).ShouldBe(Enumerable.Range(1, 5_000).Select(i => $"{i}"));
    }

    /// <summary>What is known of a body before it streams is what the key stands for.</summary>
    [Fact]
    public async Task SameKeyWithAnotherBody_IsAConflict()
    {
        using var admin = host.Admin();
        var (batch, key) = (await host.BatchAsync(), Guid.NewGuid().ToString());
        var first = await admin.ImportAsync(batch, Digested(Line(1), "sha-256=:AAAA:"), key);
        var report = await first.Content.ReadAsStringAsync();

        await (await admin.ImportAsync(batch, Digested(Line(10), "sha-256=:AAAA:"), key)).ShouldBeRefusedAsync(409, "operation_conflict");
        await (await admin.ImportAsync(batch, Digested(Line(2), "sha-256=:BBBB:"), key)).ShouldBeRefusedAsync(409, "operation_conflict");
        await (await admin.ImportAsync(batch, Line(2), key)).ShouldBeRefusedAsync(409, "operation_conflict");
        var packed = Digested(Line(1), "sha-256=:AAAA:");
        packed.Headers.ContentEncoding.Add("gzip");
        await (await admin.ImportAsync(batch, packed, key)).ShouldBeRefusedAsync(409, "operation_conflict");

        (await (await admin.ImportAsync(batch, Digested(Line(1), "sha-256=:AAAA:"), key)).Content.ReadAsStringAsync()).ShouldBe(report);
        (await TasksAsync(batch)).ShouldHaveSingleItem();
    }

    private static ByteArrayContent Digested(string line, string digest)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(line));
        content.Headers.TryAddWithoutValidation("Content-Digest", digest);
        return content;
    }

    /// <summary>What breaks off before its first chunk is full was never begun, so the key is free for the whole file.</summary>
    [Fact]
    public async Task BrokenInTheFirstChunk_LeavesNothing()
    {
        using var admin = host.Admin();
        var (batch, key) = (await host.BatchAsync(), Guid.NewGuid().ToString());
        var packed = Gzip(string.Join('\n', Enumerable.Range(1, 500).Select(i => Line(i))));
        var problem = await (await admin.ImportAsync(batch, Packed([.. packed.AsSpan(0, packed.Length * 9 / 10)]), key)).ShouldBeRefusedAsync(400, "malformed_request", "Content-Encoding");
        problem.GetProperty("title").GetString()!.ShouldContain("Nothing of it was kept.");
        problem.GetProperty("remedy").GetString()!.ShouldNotContain("importId");
        (await TasksAsync(batch)).ShouldBeEmpty();

        var report = await (await admin.ImportAsync(batch, Packed(packed), key)).Content.ReadAsStringAsync();
        JsonDocument.Parse(report).RootElement.GetProperty("accepted").GetInt32().ShouldBe(500);
        (await (await admin.ImportAsync(batch, Packed(new byte[packed.Length]), key)).Content.ReadAsStringAsync()).ShouldBe(report, "by what is known beforehand it is the same body");
    }

    /// <summary>Around the end of the first chunk, where the way changes.</summary>
    [Theory]
    [InlineData(1_999)]
    [InlineData(2_000)]
    [InlineData(2_001)]
    public async Task AroundTheFirstChunk_EveryLineIsOneTask_AndTheKeyIsReplayed(int lines)
    {
        using var admin = host.Admin();
        var (batch, key) = (await host.BatchAsync(), Guid.NewGuid().ToString());
        var body = string.Join('\n', Enumerable.Range(1, lines).Select(i => Line(i)));
        var first = await (await admin.ImportAsync(batch, body, key)).Content.ReadAsStringAsync();
        var again = await admin.ImportAsync(batch, body, key);
        (await again.Content.ReadAsStringAsync()).ShouldBe(first);
        again.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        (await TasksAsync(batch)).Select(task => task.Key).ShouldBe(Enumerable.Range(1, lines).Select(i => $"{i}"));
    }

    [Fact]
    public async Task NotGzip_IsRefused()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var problem = await (await admin.ImportAsync(batch, Packed(Encoding.UTF8.GetBytes(Line(1))))).ShouldBeRefusedAsync(400, "malformed_request", "Content-Encoding");
        problem.GetProperty("title").GetString()!.ShouldContain("Nothing of it was kept.");
        problem.GetProperty("remedy").GetString()!.ShouldNotContain("importId");
        var brotli = new StringContent(Line(1));
        brotli.Headers.ContentType = new("application/x-ndjson");
        brotli.Headers.ContentEncoding.Add("br");
        await (await admin.ImportAsync(await host.BatchAsync(), brotli)).ShouldBeRefusedAsync(415, "unsupported_media_type", "Content-Encoding");
    }

    [Theory]
    [InlineData('x')]
    [InlineData('\n')]
    public async Task Bomb_IsStoppedAtTheLimit(char filling)
    {
        var small = await ApiHost.StartAsync(new ApiHost { Limits = new ImportLimits { Bytes = 4_000_000, Lines = 100_000 } });
        try
        {
            using var admin = small.Admin();
            var bomb = Gzip(new string(filling, 50_000_000));
            bomb.Length.ShouldBeLessThan(1_000_000);
            var problem = await (await admin.ImportAsync(await small.BatchAsync(), Packed(bomb))).ShouldBeRefusedAsync(413, "payload_too_large");
            problem.GetProperty("title").GetString()!.ShouldContain(filling == 'x' ? "Nothing of it was kept." : "Chunks that were read before are kept.");
        }
        finally
        {
            await small.DisposeAsync();
        }
    }

    [Fact]
    public async Task OverLongLine_IsSkippedWithoutBeingKept()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var body = Gzip($"{Line(1)}\n{new string('x', 40_000_000)}\n{Line(2)}");
        var allocated = GC.GetTotalAllocatedBytes();
        var report = await (await admin.ImportAsync(batch, Packed(body))).ReadAsync<ImportDto>();
        (GC.GetTotalAllocatedBytes() - allocated).ShouldBeLessThan(20_000_000);
        (report.Accepted, report.Refused, report.Errors.Single().Line).ShouldBe((2, 1, 2));
    }

    [Fact]
    public async Task ManyBadLines_AreCountedAndTheFirstReported()
    {
        using var admin = host.Admin();
        var report = await (await admin.ImportAsync(await host.BatchAsync(), string.Concat(Enumerable.Repeat("bad\n", 3_000)))).ReadAsync<ImportDto>();
        (report.Refused, report.Errors.Count, report.Errors[^1].Line).ShouldBe((3_000, Limits.ImportErrorsReported, Limits.ImportErrorsReported));
    }

    [Fact]
    public async Task TwoHundredThousandLines_KeepMemoryFlat()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        const int Lines = 200_000;
        long peak = 0;
        var start = GC.GetTotalMemory(forceFullCollection: true);
        var content = new LinesContent(Lines, i =>
        {
            if (i % 20_000 == 0) peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - start);
            return $$"""{"id":"task/{{i}}","prompt":"{{new string('p', 300)}}","x":"one","y":"two"}""";
        });

        var report = await (await admin.ImportAsync(batch, content)).ReadAsync<ImportDto>();

        (report.Status, report.Accepted).ShouldBe(("completed", Lines));
        peak.ShouldBeLessThan(48L * 1024 * 1024, $"the file is about {Lines * 360 / 1_000_000} MB");
    }

    [Theory]
    [InlineData(GoldUse.None, 0, 0)]
    [InlineData(GoldUse.All, 0, 40)]
    [InlineData(GoldUse.Share, 0.5, -1)]
    public async Task KnownAnswers_BecomeGoldAsTheBatchSays(GoldUse use, double share, int expected)
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync(), new GoldSpec { Use = use, Share = share });
        await admin.ImportAsync(batch, string.Join('\n', Enumerable.Range(0, 80).Select(i => Line(i, i % 2 == 0 ? "\"a\"" : "null"))));
        var gold = (await TasksAsync(batch)).Where(task => task.IsGold).ToList();
        gold.ShouldAllBe(task => int.Parse(task.Key) % 2 == 0);
        if (expected >= 0) gold.Count.ShouldBe(expected);
        else gold.Count.ShouldBeInRange(5, 35);
    }

    [Fact]
    public async Task ClosedBatch_TakesNothing()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/batches/{batch}/close", null);
        await (await admin.ImportAsync(batch, Line(1))).ShouldBeRefusedAsync(409, "invalid_transition");
        await (await admin.ImportAsync(Guid.NewGuid(), Line(1))).ShouldBeRefusedAsync(404, "unknown_batch");
        await (await admin.ImportAsync(batch, Line(1), query: "?mode=some")).ShouldBeRefusedAsync(400, "value_out_of_range", "mode");
    }

    [Fact]
    public async Task Patch_GoodLinesTakeEffectAndBadOnesAreReported()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        await admin.ImportAsync(batch, $"{Line("a/1")}\n{Line(2)}");
        string[] patches =
        [
            """{"key":"a/1","overlap":4}""",
            """{"key":2,"priority":-7}""",
            "",
            """{"key":"missing","overlap":2}""",
            """{"key":"a/1","overlap":0}""",
            """{"key":"a/1","overlap":"3"}""",
            """{"key":"a/1","colour":3}""",
            """{"overlap":3}""",
            """{"key":"\u0000"}""",
            "nonsense",
        ];
        var errors = await (await admin.SendTextAsync(HttpMethod.Patch, $"api/v1/batches/{batch}/tasks", string.Join('\n', patches), type: "application/x-ndjson")).ReadAsync<List<LineErrorDto>>();
        errors.Select(error => (error.Line, error.Code)).ShouldBe(
        [
            (4, RefusalCode.UnknownTask), (5, RefusalCode.ValueOutOfRange), (6, RefusalCode.NotJson), (7, RefusalCode.MalformedRequest), (8, RefusalCode.NotJson), (9, RefusalCode.ValueOutOfRange), (10, RefusalCode.NotJson),
        ]);
        (await TasksAsync(batch)).Select(task => (task.Key, task.Overlap, task.Priority)).ShouldBe([("a/1", 4, 0), ("2", 1, -7)]);

        await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/batches/{batch}/open", null);
        await (await admin.SendTextAsync(HttpMethod.Patch, $"api/v1/batches/{batch}/tasks", patches[0], type: "application/x-ndjson")).ShouldBeRefusedAsync(409, "invalid_transition");
    }

    [SharedDataFact]
    public async Task RealTasks_AreImportedUnchanged()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync(binding: UkpBinding));
        await using var file = File.OpenRead(Path.Combine(Repository.SharedData!, "ukpconvarg1_tasks.jsonl"));

        var report = await (await admin.ImportAsync(batch, new StreamContent(file))).ReadAsync<ImportDto>();

        (report.Status, report.Accepted, report.Refused).ShouldBe(("completed", 1_380, 0));
        var tasks = await TasksAsync(batch);
        tasks.Count.ShouldBe(1_380);
        tasks[0].Key.ShouldBe("tv-is-better-than-books_/317750_213472");
        tasks.ShouldAllBe(task => task.Key.Contains('/') && !task.IsGold);
    }

    [SharedDataFact]
    public async Task RealConversations_AreImportedByPath()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync(binding: """{"id":"task_id","prompt":"conversation","responses":["responses.0.text","responses.1.text"]}"""));
        await using var file = File.OpenRead(Path.Combine(Repository.SharedData!, "oasst_preference_tasks.jsonl"));
        var lines = File.ReadLines(Path.Combine(Repository.SharedData!, "oasst_preference_tasks.jsonl")).Count();
        var report = await (await admin.ImportAsync(batch, new StreamContent(file))).ReadAsync<ImportDto>();
        (report.Accepted, report.Refused).ShouldBe((lines, 0));
    }

    /// <summary>A body of any length that is made while it is sent.</summary>
    private sealed class LinesContent(int count, Func<int, string> line) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < count; i++) await stream.WriteAsync(Encoding.UTF8.GetBytes(line(i) + "\n"));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
