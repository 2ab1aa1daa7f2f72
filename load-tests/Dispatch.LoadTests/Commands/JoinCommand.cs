using System.CommandLine;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Running.Joining;

namespace Dispatch.LoadTests.Commands;

/// <summary>Joins a run as one more generator.</summary>
internal static class JoinCommand
{
    public static Command Make()
    {
        var run = new Argument<string>("run") { Description = "Address that the run listens at, such as http://127.0.0.1:5999." };
        var command = new Command("join", "Joins a run (see run --expect) as one more generator process, until the run is over.") { run };
        command.SetAction(async (parsed, stop) =>
        {
            await new JoinedGenerator(new ConsoleProgress()).RunAsync(new Uri(parsed.GetValue(run)!), stop);
            return 0;
        });
        return command;
    }
}
