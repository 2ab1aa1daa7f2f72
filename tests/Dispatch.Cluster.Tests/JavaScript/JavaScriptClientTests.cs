using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.JavaScript;

/// <summary>A plain JavaScript client, written from the protocol page alone, works a shift.</summary>
public sealed class JavaScriptClientTests
{
    [NodeFact]
    public async Task PlainClient_WorksAShift()
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-js-").FullName;
        try
        {
            foreach (var file in (string[])["package.json", "shift.js"])
            {
                File.Copy(Repository.File("tests", "Dispatch.Cluster.Tests", "JavaScript", file), Path.Combine(folder, file));
            }

            await using (var install = ChildProcess.Start(Tools.Npm!, ["install", "--no-audit", "--no-fund", "--ignore-scripts"], workingFolder: folder))
            {
                (await install.WaitForExitAsync(TimeSpan.FromMinutes(3))).ShouldBe(0, install.Output);
            }

            var address = $"http://127.0.0.1:{FreePort.Next()}";
            await using var server = ServerProcess.Start(new Dictionary<string, string?>(), "demo", "--data", folder, "--urls", address, "--annotators", "0");
            await server.WaitForLineAsync("is ready", TimeSpan.FromSeconds(60));
            await using var client = ChildProcess.Start(Tools.Node!, ["shift.js", address], workingFolder: folder);
            (await client.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBe(0, client.Output);
            client.Output.ShouldContain("worked 20 tasks");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
