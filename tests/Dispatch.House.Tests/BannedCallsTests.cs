using System.Text.RegularExpressions;
using Dispatch.TestKit;

namespace Dispatch.House.Tests;

/// <summary>
/// The lists of banned calls, seen through the compiler: a sample with one call for each entry is built with the
/// repository's own build files, and every one of these lines must be an error.
/// </summary>
public sealed partial class BannedCallsTests(BannedCallsTests.Build build) : IClassFixture<BannedCallsTests.Build>
{
    /// <summary>A call for each entry of a list. A new entry without a line here fails a test.</summary>
    private static readonly Dictionary<string, string> Calls = new()
    {
        // Clocks.
        ["P:System.DateTime.Now"] = "_ = DateTime.Now;",
        ["P:System.DateTime.UtcNow"] = "_ = DateTime.UtcNow;",
        ["P:System.DateTime.Today"] = "_ = DateTime.Today;",
        ["P:System.DateTimeOffset.Now"] = "_ = DateTimeOffset.Now;",
        ["P:System.DateTimeOffset.UtcNow"] = "_ = DateTimeOffset.UtcNow;",
        ["P:System.Environment.TickCount"] = "_ = Environment.TickCount;",
        ["P:System.Environment.TickCount64"] = "_ = Environment.TickCount64;",
        ["M:System.Diagnostics.Stopwatch.StartNew"] = "_ = System.Diagnostics.Stopwatch.StartNew();",
        ["M:System.Diagnostics.Stopwatch.GetTimestamp"] = "_ = System.Diagnostics.Stopwatch.GetTimestamp();",
        // Ids.
        ["M:System.Guid.NewGuid"] = "_ = Guid.NewGuid();",
        ["M:System.Guid.CreateVersion7"] = "_ = Guid.CreateVersion7();",
        ["M:System.Guid.CreateVersion7(System.DateTimeOffset)"] = "_ = Guid.CreateVersion7(default(DateTimeOffset));",
        // Randomness.
        ["P:System.Random.Shared"] = "_ = Random.Shared;",
        ["M:System.Random.#ctor"] = "_ = new Random();",
        // Sleep.
        ["M:System.Threading.Thread.Sleep(System.Int32)"] = "Thread.Sleep(1);",
        ["M:System.Threading.Thread.Sleep(System.TimeSpan)"] = "Thread.Sleep(TimeSpan.Zero);",
        ["M:System.Threading.Tasks.Task.Delay(System.Int32)"] = "_ = Task.Delay(1);",
        ["M:System.Threading.Tasks.Task.Delay(System.TimeSpan)"] = "_ = Task.Delay(TimeSpan.Zero);",
        ["M:System.Threading.Tasks.Task.Delay(System.Int32,System.Threading.CancellationToken)"] = "_ = Task.Delay(1, default(CancellationToken));",
        ["M:System.Threading.Tasks.Task.Delay(System.TimeSpan,System.Threading.CancellationToken)"] = "_ = Task.Delay(TimeSpan.Zero, default(CancellationToken));",
        // Blocking on async work.
        ["P:System.Threading.Tasks.Task`1.Result"] = "_ = answer.Result;",
        ["M:System.Threading.Tasks.Task.Wait"] = "task.Wait();",
        ["M:System.Threading.Tasks.Task.Wait(System.Int32)"] = "task.Wait(1);",
        ["M:System.Threading.Tasks.Task.Wait(System.TimeSpan)"] = "task.Wait(TimeSpan.Zero);",
        ["M:System.Threading.Tasks.Task.Wait(System.Threading.CancellationToken)"] = "task.Wait(default(CancellationToken));",
        ["M:System.Threading.Tasks.Task.WaitAll(System.Threading.Tasks.Task[])"] = "Task.WaitAll(tasks);",
        ["M:System.Threading.Tasks.Task.WaitAll(System.ReadOnlySpan{System.Threading.Tasks.Task})"] = "Task.WaitAll(task, answer);",
        ["M:System.Threading.Tasks.Task.WaitAny(System.Threading.Tasks.Task[])"] = "Task.WaitAny(tasks);",
        ["P:System.Threading.Tasks.ValueTask`1.Result"] = "_ = value.Result;",
        ["M:System.Runtime.CompilerServices.TaskAwaiter.GetResult"] = "task.GetAwaiter().GetResult();",
        ["M:System.Runtime.CompilerServices.TaskAwaiter`1.GetResult"] = "_ = answer.GetAwaiter().GetResult();",
        ["M:System.Runtime.CompilerServices.ValueTaskAwaiter.GetResult"] = "plain.GetAwaiter().GetResult();",
        ["M:System.Runtime.CompilerServices.ValueTaskAwaiter`1.GetResult"] = "_ = value.GetAwaiter().GetResult();",
    };

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void List_EveryEntryHasASample(string folder) => Entries(folder).Except(Calls.Keys).ShouldBeEmpty();

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    public void Build_RefusesEveryBannedCall(string folder)
    {
        var refused = build.Errors(folder);

        Entries(folder).ShouldNotBeEmpty();
        Entries(folder).Where(entry => !refused.Contains(entry)).ShouldBeEmpty(build.Output);
    }

    [Fact]
    public void Build_RefusesNothingElse()
    {
        build.Errors("src").Except(Entries("src")).ShouldBeEmpty(build.Output);
        build.Errors("tests").Except(Entries("tests")).ShouldBeEmpty(build.Output);
        build.Output.ShouldNotContain("error CS");
        build.Output.ShouldNotContain("error NU");
    }

    [Fact]
    public void List_ForSrcHoldsEachKind()
    {
        var entries = Entries("src");

        entries.ShouldContain("P:System.DateTimeOffset.UtcNow");
        entries.ShouldContain("P:System.Random.Shared");
        entries.ShouldContain("M:System.Guid.NewGuid");
        entries.ShouldContain("P:System.Threading.Tasks.Task`1.Result");
        entries.ShouldContain("M:System.Threading.Thread.Sleep(System.Int32)");
        Entries("tests").ShouldBeSubsetOf(entries);
    }

    private static List<string> Entries(string folder) =>
    [
        .. File.ReadLines(Repository.File(folder, "BannedSymbols.txt"))
            .Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal))
            .Select(line => line.Split(';')[0]),
    ];

    [GeneratedRegex(@"[/\\](src|tests)[/\\]Sample\.\w+[/\\]Sample\.cs\((\d+),\d+\): error RS0030")]
    private static partial Regex BannedError();

    /// <summary>
    /// A repository in small: the root's build files, and one project under src and one under tests. It lies below a folder
    /// called src, as a clone may: which folder of its repository a project is in must not hang on where the clone is.
    /// </summary>
    public sealed class Build : IAsyncLifetime
    {
        private static readonly string[] Shared =
            ["Directory.Build.props", "Directory.Packages.props", ".editorconfig", "global.json", "src/BannedSymbols.txt", "tests/BannedSymbols.txt"];

        private static readonly string[] Lines = [.. Calls.Values];

        private readonly string _top = Directory.CreateTempSubdirectory("dispatch-house-").FullName;

        public string Output { get; private set; } = "";

        public async Task InitializeAsync()
        {
            var root = Path.Combine(_top, "src", "clone");
            foreach (var path in Shared)
                Write(root, path, await File.ReadAllTextAsync(Repository.File(path)));
            var code = $$"""
                namespace Sample;

                internal static class Calls
                {
                    internal static void All(Task task, Task<int> answer, ValueTask plain, ValueTask<int> value, Task[] tasks)
                    {
                {{string.Join('\n', Lines)}}
                    }
                }

                """;
            foreach (var folder in new[] { "src", "tests" })
            {
                Write(root, $"{folder}/Sample.{folder}/Sample.{folder}.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
                Write(root, $"{folder}/Sample.{folder}/Sample.cs", code);
            }

            Write(root, "Sample.slnx", """
                <Solution>
                  <Project Path="src/Sample.src/Sample.src.csproj" />
                  <Project Path="tests/Sample.tests/Sample.tests.csproj" />
                </Solution>
                """);

            // A compiler server would outlive the build and hold its output open. The sample's other warnings are not the point.
            var result = await Command.RunAsync(
                "dotnet",
                ["build", "Sample.slnx", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:EnableNETAnalyzers=false", "-clp:NoSummary"],
                root,
                TimeSpan.FromMinutes(4));
            Output = result.Output;
        }

        public Task DisposeAsync()
        {
            Directory.Delete(_top, recursive: true);
            return Task.CompletedTask;
        }

        /// <summary>The entries whose sample line in a folder's project was refused.</summary>
        public HashSet<string> Errors(string folder) =>
        [
            .. BannedError().Matches(Output)
                .Where(match => match.Groups[1].Value == folder)
                .Select(match => EntryAt(int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture))),
        ];

        private static string EntryAt(int line)
        {
            const int First = 7;
            return Calls.Keys.ElementAtOrDefault(line - First) ?? $"line {line} of the sample";
        }

        private static void Write(string root, string path, string text)
        {
            var full = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }
    }
}
