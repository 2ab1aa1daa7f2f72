using Dispatch.Server.CommandLine;
using Dispatch.Server.Composition;
using Dispatch.Server.Demo;
using Microsoft.Extensions.Options;

return await ServerCommand.InvokeAsync(args, async run =>
{
    var builder = run.IsDemo ? DemoMode.CreateBuilder(run.Settings) : WebApplication.CreateBuilder(run.Settings);
    try
    {
        await using var app = DispatchServer.Build(builder);
        if (!await new DatabaseStart(app, run.Settings, Console.Error).PrepareAsync()) return 0;
        if (run.IsDemo) await DemoMode.RunAsync(app);
        else await app.RunAsync();
        return 0;
    }
    catch (OptionsValidationException failure)
    {
        await Console.Error.WriteLineAsync("Dispatch does not start; its configuration is wrong:");
        foreach (var fault in failure.Failures) await Console.Error.WriteLineAsync($"  - {fault}");
        return ServerCommand.Refused;
    }
    catch (InvalidOperationException failure) when (failure.Message.StartsWith("The database", StringComparison.Ordinal))
    {
        await Console.Error.WriteLineAsync($"Dispatch does not start: {failure.Message}");
        return 3;
    }
    catch (DatabaseAwayException failure)
    {
        await Console.Error.WriteLineAsync($"Dispatch does not start: {failure.Message}");
        return 4;
    }
    catch (Exception failure) when (DatabaseStart.IsOfTheDatabase(failure))
    {
        // Lost while the parts of the server began: the same, and whoever starts the process starts it again.
        await Console.Error.WriteLineAsync($"Dispatch does not start: the database was lost. {DatabaseStart.Reason(failure)}");
        return 4;
    }
});
