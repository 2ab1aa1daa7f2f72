using System.Globalization;

namespace Dispatch.BoardReport.Output;

/// <summary>One thing that was measured. Without a need it is only told.</summary>
internal sealed record Bar(string Name, bool Met, string Measured, string Needed)
{
    public static Bar AtMost(string name, double measured, double max, string unit) =>
        new(name, measured <= max, Text($"{measured:0.##} {unit}"), Text($"<= {max:0.##} {unit}"));

    public static Bar AtLeast(string name, double measured, double min, string unit) =>
        new(name, measured >= min, Text($"{measured:#,0.##} {unit}"), Text($">= {min:#,0.##} {unit}"));

    /// <summary>So many times fewer; none left is as good as one.</summary>
    public static Bar Fewer(string name, int before, int after, double min) =>
        new(name, before >= min * Math.Max(1, after), Text($"{before:#,0} : {after:#,0}"), Text($">= {min:0.##} x fewer"));

    public static Bar Told(string name, string measured) => new(name, true, measured, "(stated)");

    public static Bar Missing(string name, string why) => new(name, false, why, "its figures");

    public void Print() => Console.WriteLine($"{(Met ? "ok" : "SHORT"),-6} {Name,-48} {Measured,-44} {Needed}");

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
