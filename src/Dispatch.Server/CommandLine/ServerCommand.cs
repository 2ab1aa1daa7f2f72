using System.CommandLine;
using System.CommandLine.Help;
using Dispatch.Server.Demo;

namespace Dispatch.Server.CommandLine;

/// <summary>What the program was asked to do.</summary>
/// <param name="IsDemo">Whether <c>demo</c> was asked for: one process with an embedded file, demo work and simulated annotators.</param>
/// <param name="Settings">The command line without the name of the command, for the configuration.</param>
internal sealed record ServerRun(bool IsDemo, string[] Settings);

/// <summary>
/// The command line of the server. A word or an option that nothing reads ends the program with a sentence: a mistyped option that is passed over
/// would start another server than the one its operator meant.
/// </summary>
internal static class ServerCommand
{
    /// <summary>Exit code of a command line that is refused; a refused configuration has the same.</summary>
    public const int Refused = 2;

    private const string Demo = "demo";

    /// <summary>Reads the command line and runs what it asks for. <c>--help</c> and <c>--version</c> are answered here.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="run">Starts the server.</param>
    /// <returns>The exit code of the program.</returns>
    public static async Task<int> InvokeAsync(string[] args, Func<ServerRun, Task<int>> run)
    {
        var root = Make(run, args);
        var read = root.Parse(args);

        // What is asked for help is not wrong.
        List<string> faults = IsHelpOrVersion(read) ? [] : [.. read.Errors.Select(error => error.Message), .. Unknown(read)];

        // The library would end the process two seconds after SIGTERM; how long a stop may take is for DrainingLifetime to say.
        if (faults.Count == 0) return await read.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        await Console.Error.WriteLineAsync("Dispatch does not start; its command line is wrong:");
        foreach (var fault in faults) await Console.Error.WriteLineAsync($"  - {fault}");
        await Console.Error.WriteLineAsync("Write --help for what it takes.");
        return Refused;
    }

    private static RootCommand Make(Func<ServerRun, Task<int>> run, string[] args)
    {
        var demo = new Command(Demo, "Starts one process on an embedded file, with demo work and simulated annotators beside you: for a first look, not for production.")
        {
            new Option<string>("--data") { Description = "Folder of the demo's file. Left out, it is a folder below this user's own application data.", HelpName = "FOLDER" },
            Annotators(),
        };
        var root = new RootCommand("""
            Dispatch, a real-time task dispatch engine for human annotation work. Without a command it starts a server.

            Every setting of the configuration is an option too, such as --Dispatch:Store=postgresql or --Logging:LogLevel:Default=Debug.
            Settings are listed in src/README.md, under Configuration.
            """) { demo };
        foreach (var command in (Command[])[root, demo])
        {
            command.Options.Add(new Option<string>("--urls") { Description = "Addresses to listen on, such as http://127.0.0.1:5080; semicolons part several.", HelpName = "URLS" });
            command.Options.Add(new Option<string>("--environment") { Description = "Development, which hands out tokens for the asking, or Production.", HelpName = "NAME" });
            command.Options.Add(new Option<string>("--contentRoot") { Description = "Folder in which appsettings.json is looked for.", HelpName = "FOLDER" });
            command.TreatUnmatchedTokensAsErrors = false; // settings of the configuration are among them
            command.SetAction(_ => run(new ServerRun(command == demo, command == demo ? WithoutCommand(args) : args)));
        }

        return root;
    }

    private static Option<int> Annotators()
    {
        return new Option<int>("--annotators")
        {
            Description = $"Simulated annotators, 0 to {DemoMode.AnnotatorsMax}.",
            HelpName = "N",
            CustomParser = option =>
            {
                if (option.Tokens is [var token] && int.TryParse(token.Value, out var count) && count is >= 0 and <= DemoMode.AnnotatorsMax) return count;
                option.AddError($"--annotators is '{string.Join(' ', option.Tokens.Select(one => one.Value))}': write a whole number from 0 to {DemoMode.AnnotatorsMax}.");
                return 0;
            },
        };
    }

    private static bool IsHelpOrVersion(ParseResult read) => read.Action is HelpAction || read.RootCommandResult.Command.Options.OfType<VersionOption>().Any(option => read.GetResult(option) is { Implicit: false });

    private static IEnumerable<string> Unknown(ParseResult read)
    {
        var command = read.CommandResult.Command;
        var rest = read.UnmatchedTokens;
        for (var i = 0; i < rest.Count; i++)
        {
            var token = rest[i];
            if (!token.StartsWith("--", StringComparison.Ordinal))
            {
                yield return $"'{token}' is not a command.{NearestName.Hint(token, command.Subcommands.Select(one => one.Name))}";
                continue;
            }

            var parts = token.Split('=', 2);
            if (!HostSettings.AreReadUnder(parts[0][2..]))
            {
                yield return $"'{parts[0]}' is not an option.{NearestName.Hint(parts[0], command.Options.Select(option => option.Name))}";
            }

            if (parts.Length == 2) continue;
            if (++i == rest.Count) yield return $"'{token}' has no value: write {token}=VALUE.";
        }
    }

    private static string[] WithoutCommand(string[] args)
    {
        var at = Array.IndexOf(args, Demo);
        return [.. args[..at], .. args[(at + 1)..]];
    }
}
