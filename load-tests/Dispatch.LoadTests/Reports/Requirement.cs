using System.Globalization;
using System.Text.RegularExpressions;

namespace Dispatch.LoadTests.Reports;

/// <summary>A threshold that a run must keep: <c>p99&lt;200ms</c>.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Metric">Which figure.</param>
/// <param name="Operator">&lt;, &lt;=, &gt;, &gt;= or =.</param>
/// <param name="Value">In the unit of the figure.</param>
internal sealed partial record Requirement(string Text, Metric Metric, string Operator, double Value)
{
    /// <summary>Reads one, or refuses it with what it may be.</summary>
    public static Requirement Parse(string text)
    {
        var parts = Shape().Match(text);
        if (!parts.Success) throw new ArgumentException($"--require \"{text}\" is no threshold: METRIC OPERATOR VALUE, as in \"p99<200ms\". Operators: <, <=, >, >=, =. Metrics: {Metric.Names}.");
        var name = parts.Groups["name"].Value;
        var metric = Metric.All.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"--require \"{text}\": there is no metric '{name}'. Metrics: {Metric.Names}.");
        var unit = parts.Groups["unit"].Value;
        if (!double.TryParse(parts.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var given) || !double.IsFinite(given))
        {
            throw new ArgumentException($"--require \"{text}\": '{parts.Groups["value"].Value}' is no number.");
        }

        if (!metric.Units.TryGetValue(unit, out var factor)) throw new ArgumentException($"--require \"{text}\": {metric.Name} is not given in '{unit}'. Units: {string.Join(", ", metric.Units.Keys.Where(one => one.Length > 0))}.");
        var value = given * factor;
        if (metric.IsShare && value > 1) throw new ArgumentException($"--require \"{text}\": {metric.Name} is a share of at most 1. Write {given.ToString(CultureInfo.InvariantCulture)}% for a hundredth of it.");
        var comparison = parts.Groups["op"].Value;
        return new Requirement(text, metric, comparison == "==" ? "=" : comparison, value);
    }

    /// <summary>Whether a measurement keeps it, and the figure in words. A figure that was not measured keeps nothing.</summary>
    public (bool Met, string Measured) Judge(Measurement measurement)
    {
        if (Metric.Of(measurement) is not { } figure) return (false, "not measured");
        var met = Operator switch
        {
            "<" => figure < Value,
            "<=" => figure <= Value,
            ">" => figure > Value,
            ">=" => figure >= Value,
            _ => Math.Abs(figure - Value) < 1e-9,
        };
        return (met, Metric.Say(figure));
    }

    [GeneratedRegex(@"^\s*(?<name>[A-Za-z][A-Za-z0-9.\-]*)\s*(?<op><=|>=|==|<|>|=)\s*(?<value>[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(?<unit>[A-Za-z%/µ]*)\s*$")]
    private static partial Regex Shape();
}
