using System.CommandLine;
using Dispatch.LoadTests.Commands;
using Dispatch.LoadTests.Running;
using Spectre.Console;

if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = ConsoleProgress.RedirectedWidth;
var root = new RootCommand("Load tests of Dispatch: scenarios from files, beside a floor and the alternatives, in one run.");
root.Subcommands.Add(RunCommand.Make());
root.Subcommands.Add(JoinCommand.Make());
root.Subcommands.Add(ListCommand.Make());
root.Subcommands.Add(CompareCommand.Make());
root.Subcommands.Add(BarsCommand.Make());
root.Subcommands.Add(SoakCommand.Make());
root.Subcommands.Add(FirstTaskCommand.Make());
foreach (var host in HostCommands.Make()) root.Subcommands.Add(host);
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception failure) when (failure is ArgumentException or FileNotFoundException or InvalidDataException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 2;
}
