using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.TestKit;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>What the report of an import says of the lines that were taken, and of files that hold something else.</summary>
public sealed class ImportReadingTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Good = """{"id":1,"prompt":"p","x":"1","y":"2"}""";

    private async Task<ImportDto> ImportAsync(string lines, string binding = """{"id":"id","prompt":"prompt","responses":["x","y"],"known":"gold"}""", string form = "preference", string settings = """{"tie":true}""")
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync(form, settings, binding));
        return await (await admin.ImportAsync(batch, lines)).ReadAsync<ImportDto>();
    }

    [Fact]
    public async Task KnownAnswers_AreShownAsTheyWereUnderstood()
    {
        string[] values = ["\"A\"", "\"b\"", "\"\"", "\"tie (bothbad)\"", "\"A\"", "null"];
        var report = await ImportAsync(string.Join('\n', values.Select((value, i) => $$"""{"id":"t{{i}}","prompt":"p","x":"1","y":"2","gold":{{value}}}""")));

        var known = report.Reading.Known;
        (known.Answers, known.Without, known.OtherValues).ShouldBe((4, 2, 0));
        known.First.Select(example => (example.Line, example.Key, example.Given, example.Understood)).ShouldBe(
        [
            (1, "t0", "A", "the first response ('x') is better"), (2, "t1", "b", "the second response ('y') is better"), (4, "t3", "tie (bothbad)", "a tie"), (5, "t4", "A", "the first response ('x') is better"),
        ]);
        known.Values.Select(value => (value.Given, value.Count)).ShouldBe([("A", 2), ("b", 1), ("tie (bothbad)", 1)]);
        report.Reading.Notes.ShouldBeEmpty();
    }

    [Fact]
    public async Task NumbersWithoutMeaning_AreWarnedOf()
    {
        var lines = string.Join('\n', Enumerable.Range(0, 30).Select(i => $$"""{"id":{{i}},"prompt":"p","x":"1","y":"2","gold":{{i % 2}}}"""));
        var note = (await ImportAsync(lines)).Reading.Notes.ShouldHaveSingleItem();
        (note.Kind, note.Lines).ShouldBe(("numbers_without_meaning", 30));
        note.FirstLines.ShouldBe(Enumerable.Range(1, 10).Select(i => (long)i));
        note.Message.ShouldContain("0 was taken as the first response");
        note.Remedy.ShouldContain("winner_is_1");
        var said = await ImportAsync(lines, """{"id":"id","prompt":"prompt","responses":["x","y"],"known":{"field":"gold","numbers":"winner_is_1"}}""");
        said.Reading.Notes.ShouldBeEmpty();
        said.Reading.Known.Values.Select(value => (value.Given, value.Understood)).ShouldBe([("0", "the second response ('y') is better"), ("1", "the first response ('x') is better")]);
    }

    /// <summary>A file with a value of its own in every line makes no report as long as the file, and one that breaks off and goes on has the report of one that does not.</summary>
    [Fact]
    public async Task Report_IsBounded_AndIsTheSameChunkByChunk()
    {
        const int Lines = 5_000;
        var report = await ImportAsync(
            string.Join('\n', Enumerable.Range(0, Lines).Select(i => $$"""{"t":"text {{i}}","gold":"corrected {{i}}"}""")),
            """{"text":"t","known":"gold"}""", "correction", "{}");
        var known = report.Reading.Known;
        (report.Accepted, report.Reading.GeneratedIds, known.Answers, known.First.Count, known.Values.Count, known.OtherValues).ShouldBe((Lines, Lines, Lines, 10, 20, Lines - 20));
        known.Values.ShouldAllBe(value => value.Count == 1);
        known.First[^1].Line.ShouldBe(10);
    }

    [Fact]
    public async Task LinesWithoutId_GetOneThatIsTheSameAgain()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync("preference", "{}", """{"responses":["chosen","rejected"]}"""));
        const string Lines = "{\"chosen\":\"x\",\"rejected\":\"y\"}\n{\"chosen\":\"x\",\"rejected\":\"z\"}\n{\"rejected\":\"y\",\"chosen\":\"x\"}";
        var first = await (await admin.ImportAsync(batch, Lines)).ReadAsync<ImportDto>();
        (first.Accepted, first.Refused, first.Reading.GeneratedIds).ShouldBe((2, 1, 3));
        (first.Errors.Single().Line, first.Errors.Single().Code).ShouldBe((3, RefusalCode.DuplicateTask));
        var again = await (await admin.ImportAsync(batch, Lines)).ReadAsync<ImportDto>();
        (again.Accepted, again.Refused).ShouldBe((0, 3));
    }

    public static TheoryData<byte[], string, string> OtherFiles => new()
    {
        { Encoding.UTF8.GetBytes($"[\n {Good},\n {Good}\n]\n"), "JSON array", "jq -c" },
        { Encoding.UTF8.GetBytes($"[{Good},{Good}]"), "JSON array", "jq -c" },
        { Encoding.UTF8.GetBytes($"\n\n  [\n{Good}\n]"), "JSON array", "jq -c" },
        { Encoding.UTF8.GetBytes("[" + new string(' ', 2_000_000) + "]"), "JSON array", "jq -c" },
        { Encoding.UTF8.GetBytes($"{{\"rows\":[\n{Good},\n{Good}\n]}}"), "several lines", "jq -c" },
        { Encoding.UTF8.GetBytes("{\n  \"id\": 1,\n  \"prompt\": \"p\"\n}\n"), "several lines", "jq -c" },
        { [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "gzip", "Content-Encoding" },
        { [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Good + "\n")], "UTF-16", "iconv" },
        { [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes(Good + "\n")], "UTF-16", "iconv" },
        { Encoding.Unicode.GetBytes(Good + "\n"), "UTF-16", "iconv" },
        { Encoding.UTF8.GetBytes("id,prompt,x,y\n1,p,1,2\n"), "CSV", "csv.DictReader" },
        { Encoding.UTF8.GetBytes("\uFEFF\"id\"\t\"text\"\n1\tp\n"), "CSV", "csv.DictReader" },
        { "PK\u0003\u0004rest of a zip"u8.ToArray(), "ZIP", "Unpack" },
        { "PAR1\u0015\u0004"u8.ToArray(), "Parquet", "jsonl" },
    };

    [Theory, MemberData(nameof(OtherFiles))]
    public async Task FileOfAnotherKind_IsRefusedWholeWithTheRemedy(byte[] body, string says, string remedy)
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var problem = await (await admin.ImportAsync(batch, new ByteArrayContent(body))).ShouldBeRefusedAsync(400, "not_json");
        problem.GetProperty("title").GetString()!.ShouldContain(says);
        problem.GetProperty("remedy").GetString()!.ShouldContain(remedy);
        (await (await admin.GetAsync($"api/v1/batches/{batch}/tasks")).ReadAsync<PageDto<TaskDto>>()).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task MarksOfJoinedFiles_ArePassedBy()
    {
        var report = await ImportAsync("\uFEFF{\"id\":1,\"prompt\":\"p\",\"x\":\"1\",\"y\":\"2\"}\r\n\uFEFF{\"id\":2,\"prompt\":\"p\",\"x\":\"1\",\"y\":\"2\"}\r\n");
        (report.Accepted, report.Refused).ShouldBe((2, 0));
    }

    [Theory]
    [InlineData("""{"id":2,"score":NaN}""", "NaN at column 17")]
    [InlineData("""{"id":2,"score":-Infinity}""", "Infinity at column 18")]
    [InlineData("""{"id":2,"score":Infinity}""", "Infinity at column 17")]
    [InlineData("""{"id":2,"score":None}""", "None at column 17")]
    [InlineData("""{"id":2,"score":True}""", "True at column 17")]
    [InlineData("""{'id':2}""", "single quotes begins at column 2")]
    [InlineData("""{"id":2,}""", "comma stands before the closing bracket at column 9")]
    [InlineData("""{"id":2} // the second""", "comment begins at column 10")]
    [InlineData("""# comment""", "comment begins at column 1")]
    [InlineData("""{"id":2}{"id":3}""", "second value begins at column 9")]
    [InlineData("""{"id":2},""", "ends with a comma")]
    [InlineData("""{"id":2,"t":"cut""", "stops in the middle")]
    [InlineData("{\"id\":2,\"t\":\"a\tb\"}", "control character (U+0009)")]
    [InlineData("""]""", "closes what an earlier line opened")]
    [InlineData("""1,text,2""", "CSV")]
    [InlineData("""{"ü":"😀",oops}""", "'o' at column 11")]
    public async Task LineThatIsNoJson_IsSaidWhatItLooksLike(string line, string says)
    {
        var report = await ImportAsync($"{Good}\n{line}\n");
        (report.Accepted, report.Errors.Single().Line, report.Errors.Single().Code).ShouldBe((1, 2, RefusalCode.NotJson));
        report.Errors.Single().Message.ShouldContain(says);
    }

    [Fact]
    public async Task LineThatIsNotUtf8OrTooDeep_IsSaidSo()
    {
        using var admin = host.Admin();
        byte[] latin = [.. Encoding.UTF8.GetBytes($"{Good}\n{{\"id\":2,\"t\":\""), 0xE9, .. "\"}\n"u8];
        var report = await (await admin.ImportAsync(await host.BatchAsync(), new ByteArrayContent(latin))).ReadAsync<ImportDto>();
        report.Errors.Single().Message.ShouldContain("not UTF-8, from byte 14 on");
        (await ImportAsync($"{Good}\n{{\"z\":{new string('[', 3_000)}{new string(']', 3_000)}}}")).Errors.Single().Message.ShouldContain("nested over 1000 levels");
        (await ImportAsync($"{{\"id\":1,\"prompt\":\"p\",\"x\":\"1\",\"y\":\"2\",\"unbound\":{new string('[', 200)}{new string(']', 200)}}}")).Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task FormWithHalfASurrogateInAName_Is400()
    {
        using var admin = host.Admin();
        const string Body = """{"name":"half","form":{"type":"choice","settings":{"options":["yes","no"],"x\ud800":1},"binding":{"id":"id","prompt":"p"}}}""";
        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", Body)).ShouldBeRefusedAsync(400, "value_out_of_range");
        const string Nested = """{"name":"half","form":{"type":"choice","settings":{"options":["yes","no"]},"binding":{"prompt":"p","known":{"field":"k","map":{"\ud800":"yes"}}}}}""";
        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", Nested)).ShouldBeRefusedAsync(400, "value_out_of_range");
    }
}
