using Dispatch.TestKit;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-23: a server with a nonsensical configuration does not start, and says everything that is wrong at once.</summary>
[Collection(nameof(HubServer))]
public sealed class StartTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nonsense_EndsTheProcessNamingEveryFault()
    {
        await using var server = ServerProcess.Start(
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Dispatch__Store"] = "floppy",
                ["Dispatch__CommitLanes"] = "many",
                ["Dispatch__OperationRetention"] = "00:00:00",
                ["Dispatch__Auth__SigningKey"] = "short",
                ["Dispatch__Auth__Audience"] = " ",
                ["Dispatch__Auth__DevTokenLife"] = "for ever",
                ["Dispatch__Auth__AllowedOrigins__0"] = "*",
            },
            "--urls",
            "http://127.0.0.1:0");

        (await server.WaitForExitAsync(Patience)).ShouldBe(2);
        var output = server.Output;
        foreach (var setting in (string[])["Dispatch:Store", "Dispatch:CommitLanes", "Dispatch:OperationRetention", "Dispatch:Auth:SigningKey", "Dispatch:Auth:Audience", "Dispatch:Auth:DevTokenLife", "Dispatch:Auth:AllowedOrigins"])
        {
            output.ShouldContain($"  - {setting} ", customMessage: $"{setting} in:\n{output}");
        }

        output.ShouldNotContain("   at ");
    }

    [Theory]
    [InlineData("Dispatch__CommitLanes", "0", "Dispatch:CommitLanes")]
    [InlineData("Dispatch__CommitLanes", "2.5", "Dispatch:CommitLanes")]
    [InlineData("Dispatch__CommitLanes", "99999999999", "Dispatch:CommitLanes")]
    [InlineData("Dispatch__OperationRetention", "-1.00:00:00", "Dispatch:OperationRetention")]
    [InlineData("Dispatch__Auth__Authority", "http://plain.example", "Dispatch:Auth:Authority")]
    public async Task OneFault_IsNamedAlone(string setting, string value, string named)
    {
        await using var server = ServerProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", [setting] = value }, "--urls", "http://127.0.0.1:0");
        (await server.WaitForExitAsync(Patience)).ShouldBe(2);
        server.LastLines.Where(line => line.StartsWith("  - ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldStartWith($"  - {named} ");
    }

    [Fact]
    public async Task NoOneToVouchForTokens_DoesNotStart()
    {
        await using var server = ServerProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Production" }, "--urls", "http://127.0.0.1:0");
        (await server.WaitForExitAsync(Patience)).ShouldBe(2);
        server.Output.ShouldContain("Dispatch:Auth:SigningKey");
    }

    [Theory]
    [InlineData("Dispatch__SqlitPath", "Dispatch:SqlitPath is not a setting. Did you mean 'Dispatch:SqlitePath'?")]
    [InlineData("Dispatch__Auth__Signingkeys", "Dispatch:Auth:Signingkeys is not a setting. Did you mean 'Dispatch:Auth:SigningKey'?")]
    [InlineData("Dispatch__Quality__Gold__Key", "Dispatch:Quality:Gold:Key is not a setting. Did you mean 'Dispatch:Quality:GoldKey'?")]
    public async Task SettingThatNothingReads_IsRefused(string setting, string told)
    {
        await using var server = ServerProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", [setting] = "x" }, "--urls", "http://127.0.0.1:0");
        (await server.WaitForExitAsync(Patience)).ShouldBe(2);
        server.LastLines.Where(line => line.StartsWith("  - ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldBe($"  - {told}");
    }

    [Theory]
    [InlineData("'--annotator' is not an option. Did you mean '--annotators'?", "demo", "--annotator", "2")]
    [InlineData("'--annotator' is not an option. Did you mean '--annotators'?", "demo", "--annotator=2")]
    [InlineData("'--annotators' is not an option.", "--annotators", "2")]
    [InlineData("'dmeo' is not a command. Did you mean 'demo'?", "dmeo")]
    [InlineData("'now' is not a command.", "demo", "now")]
    [InlineData("--annotators is 'many': write a whole number from 0 to 500.", "demo", "--annotators", "many")]
    [InlineData("--annotators is '501': write a whole number from 0 to 500.", "demo", "--annotators", "501")]
    [InlineData("'--quietly' is not an option.", "--quietly", "true")]
    [InlineData("'--Dispatch:Store' has no value: write --Dispatch:Store=VALUE.", "--Dispatch:Store")]
    public async Task CommandLineThatNothingReads_IsRefused(string told, params string[] arguments)
    {
        await using var server = ServerProcess.Start(new Dictionary<string, string?>(), arguments);
        (await server.WaitForExitAsync(Patience)).ShouldBe(2);
        server.LastLines.Where(line => line.StartsWith("  - ", StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldBe($"  - {told}");
    }

    [Theory]
    [InlineData("--annotators", "demo", "--help")]
    [InlineData("demo", "--help")]
    [InlineData("0.1.0", "--version")]
    public async Task HelpAndVersion_AreAnswered(string told, params string[] arguments)
    {
        await using var server = ServerProcess.Start(new Dictionary<string, string?>(), arguments);
        (await server.WaitForExitAsync(Patience)).ShouldBe(0);
        server.Output.ShouldContain(told);
    }

    /// <summary>The web server's port is the only one: where one process is the whole cluster, nobody has business at a silo's.</summary>
    [Fact]
    public async Task LoneServer_ListensForItsCallersOnly()
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-ports-").FullName;
        try
        {
            var port = FreePort.Next();
            await using var server = ServerProcess.Start(
                new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Dispatch__SqlitePath"] = Path.Combine(folder, "one.db") }, "--urls", $"http://127.0.0.1:{port}");
            await server.WaitForLineAsync("Application started", Patience);
            ListeningPorts(server.Id).ShouldBe([port]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Linux lists sockets in one place and who holds them in another; an inode joins the two.</summary>
    private static List<int> ListeningPorts(int process)
    {
        const string Listening = "0A";
        var held = Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(entry => new FileInfo(entry).LinkTarget).ToHashSet();
        return [.. ((string[])["tcp", "tcp6"])
            .SelectMany(table => File.ReadLines($"/proc/{process}/net/{table}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns[3] == Listening && held.Contains($"socket:[{columns[9]}]"))
            .Select(columns => Convert.ToInt32(columns[1].Split(':')[1], 16))];
    }
}
