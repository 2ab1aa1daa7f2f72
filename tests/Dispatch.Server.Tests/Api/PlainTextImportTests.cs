using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>An import says how many of its lines hold a text that will be shown as plain text, and which are the first ten.</summary>
public sealed class PlainTextImportTests(ApiHost host) : IClassFixture<ApiHost>
{
    private static readonly string Deep = new('[', 128);

    [Fact]
    public async Task Report_CountsLinesShownAsPlainText_AndNamesTheFirstTen()
    {
        var lines = Enumerable.Range(1, 30).Select(id => JsonSerializer.Serialize(new
        {
            id,
            prompt = id % 2 == 0 ? (object)new[] { new { role = "user", content = "hello" }, new { role = "assistant", content = Deep } } : "plain",
            x = id % 3 == 0 ? string.Concat(Enumerable.Repeat("- ", 64)) : "one",
            y = "two",
        }));
        var (report, stored) = await ImportAsync("preference", """{"id":"id","prompt":"prompt","responses":["x","y"]}""", lines);

        var expected = Enumerable.Range(1, 30).Where(id => id % 2 == 0 || id % 3 == 0).Select(id => (long)id).ToList();
        foreach (var reading in (ImportReading[])[report.Reading, stored.Reading])
        {
            var note = reading.Notes.Where(note => note.Kind == "shown_as_plain_text").ShouldHaveSingleItem();
            note.Lines.ShouldBe(expected.Count);
            note.FirstLines.ShouldBe(expected.Take(10));
        }
    }

    [Theory]
    [InlineData("rating", """{"dimensions":[{"name":"d"}]}""", """{"id":"id","response":"t"}""", 1)]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":["t","p"]}""", 1)]
    [InlineData("choice", """{"options":["a","b"]}""", """{"id":"id","prompt":"t"}""", 1)]
    [InlineData("correction", "{}", """{"id":"id","prompt":"p","text":"t","context":["t"]}""", 0)]
    [InlineData("spans", """{"types":["s"]}""", """{"id":"id","prompt":"t","text":"p"}""", 1)]
    public async Task EachForm_IsAskedForTheTextsThatItShowsWithMarkup(string form, string settings, string binding, int notes)
    {
        var (report, _) = await ImportAsync(form, binding, [JsonSerializer.Serialize(new { id = 1, p = "a **prompt**", t = Deep })], settings);
        report.Accepted.ShouldBe(1);
        report.Reading.Notes.Count(note => note.Kind == "shown_as_plain_text").ShouldBe(notes);
    }

    private async Task<(ImportDto Report, ImportDto Stored)> ImportAsync(string form, string binding, IEnumerable<string> lines, string settings = "{}")
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(await host.ProjectAsync(form, settings, binding));
        var report = await (await admin.ImportAsync(batch, string.Join('\n', lines))).ReadAsync<ImportDto>();
        return (report, await (await admin.GetAsync(new Uri($"/api/v1/imports/{report.ImportId}", UriKind.Relative))).ReadAsync<ImportDto>());
    }
}
