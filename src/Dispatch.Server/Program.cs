using Dispatch.Server.Composition;
using Dispatch.Server.Demo;
using Dispatch.Storage;
using Microsoft.Extensions.Options;

var isDemo = args is ["demo", ..];
if (isDemo) args = args[1..];
var builder = isDemo ? DemoMode.CreateBuilder(args) : WebApplication.CreateBuilder(args);
try
{
    await using var app = DispatchServer.Build(builder);
    await app.Services.GetRequiredService<IDispatchStore>().MigrateAsync(CancellationToken.None);
    if (isDemo) await DemoMode.RunAsync(app);
    else await app.RunAsync();
    return 0;
}
catch (OptionsValidationException failure)
{
    await Console.Error.WriteLineAsync("Dispatch does not start; its configuration is wrong:");
    foreach (var fault in failure.Failures) await Console.Error.WriteLineAsync($"  - {fault}");
    return 2;
}
catch (InvalidOperationException failure) when (failure.Message.StartsWith("The database", StringComparison.Ordinal))
{
    await Console.Error.WriteLineAsync($"Dispatch does not start: {failure.Message}");
    return 3;
}
