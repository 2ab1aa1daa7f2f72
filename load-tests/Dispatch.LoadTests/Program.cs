using Dispatch.LoadTests;
using Dispatch.LoadTests.ClosedLoop;
using Dispatch.LoadTests.Echo;
using Dispatch.LoadTests.FirstTask;

// The echo runs in a process of its own, as the server does: `echo-host URL`.
switch (args)
{
    case ["echo-host", var url]:
        return await EchoHost.RunAsync(url);
    case ["closed-loop", .. var rest]:
        return await ClosedLoopCommand.RunAsync(rest);
    case ["first-task"]:
        return await FirstTaskCommand.RunAsync();
    case ["print", var report]:
        return await Bars.PrintAsync(report);
    default:
        await Console.Error.WriteLineAsync("usage: closed-loop [--store sqlite|postgresql|both] [--workers N] [--seconds S] [--rounds R] [--json FILE]");
        await Console.Error.WriteLineAsync("       first-task | print FILE");
        return 2;
}
