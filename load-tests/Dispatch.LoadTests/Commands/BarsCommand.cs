using System.CommandLine;
using Dispatch.Bars;
using Dispatch.LoadTests.Bars;

namespace Dispatch.LoadTests.Commands;

/// <summary>Measures bars and prints a line each.</summary>
internal static class BarsCommand
{
    public static Command Make()
    {
        var parts = new Argument<string[]>("parts") { Description = $"Some of: {BarCatalog.Names}.", Arity = ArgumentArity.ZeroOrMore };
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 5, Description = "Interleaved rounds; the median counts." };
        var workers = new Option<int?>("--workers") { Description = "Instead of what the bar asks for; the line says so." };
        var scale = new Option<double>("--scale") { DefaultValueFactory = _ => 1, Description = "Shortens the long measurements and shrinks the large sizes, for a short run." };
        var reports = new Option<string?>("--reports") { Description = "A folder for the reports." };
        var command = new Command("bars", "Measures what the project promises about load: one line a bar, non-zero when one is short.") { parts, rounds, workers, scale, reports };
        command.SetAction(async (parsed, stop) =>
        {
            var settings = new BarSettings(Math.Clamp(parsed.GetValue(rounds), 1, 9), parsed.GetValue(workers), Math.Clamp(parsed.GetValue(scale), 0.01, 1), parsed.GetValue(reports));
            var named = parsed.GetValue(parts) ?? [];
            var chosen = named.Length == 0
                ? BarCatalog.All.Where(bar => bar.Group == BarCatalog.Load).ToArray()
                : [.. named.Select(name => BarCatalog.All.FirstOrDefault(bar => bar.Name == name) ?? throw new ArgumentException($"There is no bar '{name}': {BarCatalog.Names}."))];
            var isShort = 0;
            foreach (var bar in chosen)
            {
                try
                {
                    isShort |= await bar.MeasureAsync(settings, stop);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    // One that cannot be measured is short, and must not cost the others.
                    await Console.Error.WriteLineAsync(failure.ToString());
                    isShort |= Bar.Print(bar.Name, met: false, "could not be measured", "see above");
                }
            }

            return isShort;
        });
        return command;
    }
}
