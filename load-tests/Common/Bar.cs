using System.Globalization;

namespace Dispatch.Bars;

/// <summary>A line of bars.sh: `ok` or `SHORT`, name, measured, needed. Without a need it is only told.</summary>
internal sealed record Bar(string Name, bool Met, string Measured, string Needed)
{
    public string Line => $"{(Met ? "ok" : "SHORT"),-6} {Name,-48} {Measured,-44} {Needed}";

    public static Bar AtMost(string name, double measured, double most, string unit, string? beside = null) =>
        new(name, measured <= most, Text($"{measured:#,0.##} {unit}") + (beside is null ? "" : $" ({beside})"), Text($"<= {most:#,0.##} {unit}"));

    public static Bar AtLeast(string name, double measured, double least, string unit) =>
        new(name, measured >= least, Text($"{measured:#,0.##} {unit}"), Text($">= {least:#,0.##} {unit}"));

    /// <summary>So many times fewer; none left is as good as one.</summary>
    public static Bar Fewer(string name, int before, int after, double min) =>
        new(name, before >= min * Math.Max(1, after), Text($"{before:#,0} : {after:#,0}"), Text($">= {min:0.##} x fewer"));

    public static Bar Told(string name, string measured) => new(name, true, measured, "(stated)");

    public static Bar Missing(string name, string why) => new(name, false, why, "its figures");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Prints it; 1 when it is short.</summary>
    public static int Print(string name, bool met, string measured, string needed) => new Bar(name, met, measured, needed).Print();

    /// <inheritdoc cref="Print(string, bool, string, string)"/>
    public int Print()
    {
        Console.WriteLine(Line);
        return Met ? 0 : 1;
    }
}
