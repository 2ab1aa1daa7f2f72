using System.Globalization;

namespace Dispatch.LoadTests.Scenarios;

/// <summary>What a scenario is about, with the settings of the run in the places that its file leaves for them.</summary>
internal static class Description
{
    public static string Of(Scenario scenario)
    {
        var text = scenario.About;
        foreach (var (name, value) in Places(scenario)) text = text.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        return text;
    }

    private static IEnumerable<(string Name, string Value)> Places(Scenario scenario)
    {
        yield return ("workers", Number(scenario.Workers));
        yield return ("rate", Number(scenario.Arrival.PerSecond));
        yield return ("until", Number(scenario.Arrival.UntilPerSecond));
        yield return ("seconds", Number(scenario.Seconds));
        yield return ("tasks", Number(scenario.Work.Tasks));
        yield return ("overlap", Number(scenario.Work.Overlap));
        yield return ("put-in", Number(scenario.Happenings.Sum(happening => happening.Tasks)));
        yield return ("speed", Number(scenario.People.Speed));
    }

    private static string Number(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);
}
