using System.Globalization;

namespace Dispatch.Benchmarks.Bars;

/// <summary>A line of bars.sh: `ok` or `SHORT`, name, measured, needed.</summary>
internal sealed record Bar(string Name, bool Met, string Measured, string Needed)
{
    public static Bar AtMost(string name, double measured, double most, string unit, string? beside = null) =>
        new(name, measured <= most, Text($"{measured:#,0.##} {unit}") + (beside is null ? "" : $" ({beside})"), Text($"<= {most:#,0.##} {unit}"));

    public static Bar Missing(string name, string why) => new(name, false, why, "its figures");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public void Print() => Console.WriteLine($"{(Met ? "ok" : "SHORT"),-6} {Name,-48} {Measured,-44} {Needed}");
}
