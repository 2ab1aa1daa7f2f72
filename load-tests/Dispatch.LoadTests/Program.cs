using System.CommandLine;
using System.Runtime;
using Dispatch.Client;
using Dispatch.LoadTests.Commands;
using Dispatch.LoadTests.Running;
using Spectre.Console;

Command[] hosts = [.. HostCommands.Make()];

// Threads that spin before they sleep took 43 % of the generator's processor time at 1,000 answers a second, from what is measured. The baselines, which this program
// hosts too, keep the default, as the server does; and it must be said before the first thread of the pool is there.
if (!hosts.Any(host => host.Name == args.FirstOrDefault()))
{
    AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);

    // A collection that stops everybody is measured as a latency of the subject: 1.2 s once in five minutes.
    GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
}

if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = ConsoleProgress.RedirectedWidth;
var root = new RootCommand("Load tests of Dispatch: scenarios from files, beside a floor and the alternatives, in one run.");
root.Subcommands.Add(RunCommand.Make());
root.Subcommands.Add(JoinCommand.Make());
root.Subcommands.Add(ListCommand.Make());
root.Subcommands.Add(CompareCommand.Make());
root.Subcommands.Add(BarsCommand.Make());
root.Subcommands.Add(SoakCommand.Make());
root.Subcommands.Add(FirstTaskCommand.Make());
foreach (var host in hosts) root.Subcommands.Add(host);
// After Ctrl+C a run puts away what it made on somebody's server; the library's two seconds are too short for that.
var cleanUp = TimeSpan.FromMinutes(2);
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = cleanUp });
}
catch (Exception failure) when (failure is ArgumentException or FileNotFoundException or InvalidDataException or DispatchApiException or HttpRequestException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 2;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("Stopped before the end: there is no report.");
    return 130;
}
