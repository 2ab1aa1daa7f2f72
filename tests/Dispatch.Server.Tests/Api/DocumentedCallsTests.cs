using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Api;

/// <summary>Whoever follows a README or a runbook finds the call it names: a runbook is read in a bad hour.</summary>
public sealed partial class DocumentedCallsTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task EveryCallThatAPageNames_IsServed()
    {
        using var anyone = new HttpClient { BaseAddress = host.Address };
        var document = await anyone.GetFromJsonAsync<JsonElement>("openapi/v1.json");
        var served = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(method => (Method: method.Name.ToUpperInvariant(), Segments: Segments(path.Name)))).ToList();
        var named = Pages().SelectMany(page => Call().Matches(File.ReadAllText(page)).Select(call =>
            (Page: Path.GetRelativePath(Repository.Root, page), Method: call.Groups["method"].Value, Address: call.Groups["address"].Value))).ToList();
        named.Count.ShouldBeGreaterThan(10);
        named.Where(call => !served.Any(one => one.Method == call.Method && Fits(one.Segments, Segments(call.Address)))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/api/v1/projects/…/tasks/explain", false)]
    [InlineData("/api/v1/batches/…/tasks/explain?key=…", true)]
    [InlineData("…/tasks/explain?key=…", true)]
    [InlineData("localhost:5080/api/v1/batches/$BATCH/tasks/explain", true)]
    public void Address_FitsWhatIsServed(string address, bool fits) =>
        Fits(Segments("/api/v1/batches/{batchId}/tasks/explain"), Segments(address)).ShouldBe(fits);

    private static IEnumerable<string> Pages() =>
        ((string[])["deploy", "src", "tests", "load-tests"]).SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*.md", SearchOption.AllDirectories))
            .Append(Repository.File("README.md"))
            .Where(page => !page.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && !page.Contains("node_modules", StringComparison.Ordinal));

    private static string[] Segments(string address) => Server().Replace(address.Split('?')[0], "").Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>An address may begin anywhere in that of the call; a placeholder stands for a parameter.</summary>
    private static bool Fits(string[] served, string[] named)
    {
        var tail = named is ["…", .. var rest] ? rest : named;
        return tail.Length > 0 && tail.Length <= served.Length
            && served[^tail.Length..].Zip(tail).All(pair => pair.First == pair.Second || (pair.First.StartsWith('{') && pair.Second[0] is '…' or '$' or '{'));
    }

    [GeneratedRegex(@"\b(?<method>GET|POST|PUT|PATCH|DELETE) +(?<address>[^\s`|)""']*/[^\s`|)""']*)")]
    private static partial Regex Call();

    [GeneratedRegex(@"^(https?://)?localhost:\d+")]
    private static partial Regex Server();
}
