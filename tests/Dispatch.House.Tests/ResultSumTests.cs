using Dispatch.TestKit;

namespace Dispatch.House.Tests;

/// <summary>The closing line of tests/run.sh is what CI believes, so how it is counted is tested on result files of known content.</summary>
public sealed class ResultSumTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-sum-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Sum_OfNoResults_IsZero() => await SumsToAsync("0 passed, 0 failed, 0 skipped");

    [Fact]
    public async Task Sum_AddsFilesOfAllFolders()
    {
        Write("a/a.trx", total: 5, executed: 5, passed: 5);
        Write("b/b.trx", total: 7, executed: 7, passed: 4, failed: 3);
        Write("c c/c.trx", total: 9, executed: 6, passed: 6);

        await SumsToAsync("15 passed, 3 failed, 3 skipped");
    }

    [Fact]
    public async Task Sum_CountsWhatRanAndDidNotPassAsFailed()
    {
        Write("a.trx", total: 4, executed: 4, passed: 1, failed: 1, extra: "error=\"1\" timeout=\"1\" aborted=\"0\"");

        await SumsToAsync("1 passed, 3 failed, 0 skipped");
    }

    [Fact]
    public async Task Sum_IsNotMisledByWhatATestPrinted()
    {
        Write("a.trx", total: 2, executed: 2, passed: 2, output: "&lt;Counters total=&quot;90&quot; /&gt; passed=\"70\" failed=\"80\"");

        await SumsToAsync("2 passed, 0 failed, 0 skipped");
    }

    [Fact]
    public async Task Sum_LooksAtResultFilesOnly()
    {
        Write("a.trx", total: 1, executed: 1, passed: 1);
        Write("a.trx.bak", total: 1, executed: 1, passed: 1);

        await SumsToAsync("1 passed, 0 failed, 0 skipped");
    }

    private async Task SumsToAsync(string line)
    {
        // From another folder, as run.sh may be called from anywhere.
        var result = await Command.RunAsync("bash", [Repository.File("tests", "run.sh"), "--sum", _folder], Path.GetTempPath(), TimeSpan.FromSeconds(30));

        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem().ShouldBe(line);
        result.ExitCode.ShouldBe(0);
    }

    private void Write(string name, int total, int executed, int passed, int failed = 0, string extra = "", string output = "")
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"""
            <?xml version="1.0" encoding="utf-8"?>
            <TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
              <ResultSummary outcome="Completed">
                <Counters total="{total}" executed="{executed}" passed="{passed}" failed="{failed}" {extra} notExecuted="0" />
                <Output><StdOut>{output}</StdOut></Output>
              </ResultSummary>
            </TestRun>
            """);
    }
}
