using System.CommandLine;
using Dispatch.LoadTests.Subjects.Echo;
using Dispatch.LoadTests.Subjects.SkipLocked;

namespace Dispatch.LoadTests.Commands;

/// <summary>The parts of a server that the tool plays in processes of their own.</summary>
internal static class HostCommands
{
    public static IEnumerable<Command> Make()
    {
        var url = new Argument<string>("url");
        var database = new Argument<string>("database");
        var idle = new Option<bool>("--idle");
        var busy = new Option<bool>("--busy");
        var ahead = new Option<bool>("--ahead");
        var one = new Option<bool>("--one");
        var echo = new Command("echo-host", "Serves the echo.") { url, idle, busy, ahead, one };
        echo.Hidden = true;
        echo.SetAction((parsed, _) => EchoHost.RunAsync(parsed.GetValue(url)!, parsed.GetValue(idle), parsed.GetValue(ahead)));
        var skipLocked = new Command("skip-locked-host", "Serves the alternative.") { url, database };
        skipLocked.Hidden = true;
        skipLocked.SetAction((parsed, _) => SkipLockedHost.RunAsync(parsed.GetValue(url)!, parsed.GetValue(database)!));
        return [echo, skipLocked];
    }
}
