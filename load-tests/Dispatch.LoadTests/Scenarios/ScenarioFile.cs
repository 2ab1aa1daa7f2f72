using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Dispatch.LoadTests.Scenarios;

/// <summary>Reads scenario files, and refuses what they must not hold with all faults at once.</summary>
internal static class ScenarioFile
{
    private static readonly string[] Kinds = ["closed", "rate", "ramp", "people", "replay", "idle"];
    private static readonly string[] Happens = ["tasks", "reconnect", "slow-readers", "open-golden", "kill-server"];

    /// <summary>Folder of the scenarios that come with the tool.</summary>
    public static string Folder => Path.Combine(Repository.Root, "load-tests", "scenarios");

    /// <summary>A scenario by the name of a file that comes with the tool, or by a path.</summary>
    public static Scenario Read(string nameOrPath)
    {
        var path = File.Exists(nameOrPath) ? nameOrPath : Path.Combine(Folder, nameOrPath + ".yaml");
        if (!File.Exists(path)) throw new ArgumentException($"There is no scenario '{nameOrPath}'. There are: {string.Join(", ", Names)}.");
        return Parse(File.ReadAllText(path), Path.GetFileNameWithoutExtension(path));
    }

    public static IReadOnlyList<string> Names => [.. Directory.GetFiles(Folder, "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    public static Scenario Parse(string text, string name)
    {
        try
        {
            // Unknown members are refused: a misspelt one would otherwise be a scenario other than the one meant.
            var reader = new DeserializerBuilder().WithNamingConvention(HyphenatedNamingConvention.Instance).Build();
            var scenario = reader.Deserialize<Scenario>(text) ?? new Scenario();
            if (scenario.Name.Length == 0) scenario.Name = name;
            Check(scenario);
            return scenario;
        }
        catch (YamlException failure)
        {
            throw new ArgumentException($"Scenario '{name}', line {failure.Start.Line}: {failure.InnerException?.Message ?? failure.Message}", failure);
        }
    }

    public static void Check(Scenario scenario)
    {
        List<string> faults = [];
        void Need(bool holds, string fault)
        {
            if (!holds) faults.Add(fault);
        }

        Need(scenario.Subjects.Count > 0 && scenario.Subjects.All(SubjectCatalog.Names.Contains), $"subjects must be some of {string.Join(", ", SubjectCatalog.Names)}");
        Need(scenario.Workers is >= 1 and <= 20_000, "workers must be 1 to 20,000");
        Need(scenario.IdleWorkers is >= 0 and <= 20_000, "idle-workers must be 0 to 20,000");
        Need(scenario.Rounds is >= 1 and <= 9, "rounds must be 1 to 9");
        Need(scenario.Seconds is > 0 and <= 86_400, "seconds must be above 0 and at most 86,400");
        Need(scenario.WarmUp is >= 0 and <= 600, "warm-up must be 0 to 600");
        Need(Kinds.Contains(scenario.Arrival.Kind), $"arrival.kind must be one of {string.Join(", ", Kinds)}");
        Need(scenario.Arrival.PerSecond is > 0 and <= 1_000_000, "arrival.per-second must be above 0");
        Need(scenario.Work.Tasks is >= 0 and <= 5_000_000, "work.tasks must be 0 to 5,000,000");
        Need(scenario.Work.Batches is >= 1 and <= 10_000, "work.batches must be 1 to 10,000");
        Need(scenario.Work.Prefetch is 0 or 1, "work.prefetch must be 0 or 1");
        Need(scenario.Work.RestrictBelow is >= 0 and < 1, "work.restrict-below must be 0 to below 1");
        Need(scenario.People.DaySeconds >= 0, "people.day-seconds must not be negative");
        Need(scenario.Happenings.All(happening => happening is { At: >= 0, Every: >= 0, For: >= 0 }), "times of happenings must not be negative");
        Need(scenario.People.Speed is > 0 and <= 100_000, "people.speed must be above 0 and at most 100,000");
        Need(scenario.Happenings.All(happening => Happens.Contains(happening.Kind)), $"happenings must be of kind {string.Join(", ", Happens)}");
        if (faults.Count > 0) throw new ArgumentException($"Scenario '{scenario.Name}': {string.Join("; ", faults)}.");
    }
}
