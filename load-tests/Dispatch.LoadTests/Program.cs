using Dispatch.LoadTests.ClosedLoop;
using Dispatch.LoadTests.Echo;

// The echo runs in a process of its own, as the server does: `echo-host URL`.
if (args is ["echo-host", var url]) return await EchoHost.RunAsync(url);
if (args is ["closed-loop", .. var rest]) return await ClosedLoopCommand.RunAsync(rest);
Console.Error.WriteLine("usage: closed-loop [--store sqlite|postgresql|both] [--workers N] [--seconds S] [--rounds R] [--json FILE]");
return 2;
