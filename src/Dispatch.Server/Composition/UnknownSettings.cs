using Dispatch.Server.CommandLine;

namespace Dispatch.Server.Composition;

/// <summary>
/// Settings of section <c>Dispatch</c> that nothing reads, from whichever source they come. A mistyped setting that is passed over leaves a default in force
/// that its operator believes to have changed.
/// </summary>
internal static class UnknownSettings
{
    /// <summary>One sentence for each unknown setting, with the nearest known one.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="sections">Each options class with its section.</param>
    public static IEnumerable<string> In(IConfiguration configuration, IReadOnlyCollection<(Type Options, string Section)> sections)
    {
        var known = sections.SelectMany(one => Settings(one.Options, one.Section)).ToList();
        return Leaves(configuration.GetSection("Dispatch"))
            .Where(path => !known.Any(setting => Covers(setting, path)))
            .Select(path => $"{path} is not a setting.{NearestName.Hint(path, known)}");
    }

    private static IEnumerable<string> Settings(Type options, string section) =>
        options.GetProperties().Where(property => property.SetMethod is { IsPublic: true }).SelectMany(property =>
            property.PropertyType.IsClass && property.PropertyType.Assembly == typeof(DispatchOptions).Assembly
                ? Settings(property.PropertyType, $"{section}:{property.Name}")
                : [$"{section}:{property.Name}"]);

    // Below a setting lie the elements of a list.
    private static bool Covers(string setting, string path) =>
        path.Equals(setting, StringComparison.OrdinalIgnoreCase) || path.StartsWith($"{setting}:", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Leaves(IConfigurationSection section)
    {
        var children = section.GetChildren().ToList();
        return children.Count == 0 ? section.Value is null || section.Path == "Dispatch" ? [] : [section.Path] : children.SelectMany(Leaves);
    }
}
