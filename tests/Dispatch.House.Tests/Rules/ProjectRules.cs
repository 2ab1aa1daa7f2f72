using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Dispatch.House.Tests.Rules;

/// <summary>What project files may say. Each rule gives one line per breach.</summary>
public static partial class ProjectRules
{
    public static bool IsProject(SourceFile file) => file.Ends(".csproj");

    public static string NameOf(SourceFile project) => Path.GetFileNameWithoutExtension(project.Path);

    /// <summary>Projects a build of the solution would leave out, and projects it names that are not there.</summary>
    public static IEnumerable<string> OutsideSolution(SourceFile solution, IEnumerable<SourceFile> projects)
    {
        var named = SolutionProject().Matches(solution.Text).Select(match => match.Groups[1].Value.Replace('\\', '/')).ToHashSet();
        var present = projects.Select(project => project.Path).ToHashSet();
        return
        [
            .. present.Where(path => !named.Contains(path)).Select(path => $"{path} is not in {solution.Path}"),
            .. named.Where(path => !present.Contains(path)).Select(path => $"{solution.Path} names {path}, which is not there"),
        ];
    }

    /// <summary>Versions stand in Directory.Packages.props and nowhere else.</summary>
    public static IEnumerable<string> OwnVersions(SourceFile project) =>
        from reference in Elements(project, "PackageReference")
        where reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null
            || reference.Elements().Any(child => child.Name.LocalName is "Version" or "VersionOverride")
        select $"{project.Path} names a version of {Included(reference)}";

    /// <summary>The table of rooms, for a project under src.</summary>
    public static IEnumerable<string> OutsideRoom(SourceFile project, IReadOnlyDictionary<string, Room> rooms)
    {
        if (!project.IsUnder("src"))
            yield break;
        var name = NameOf(project);
        if (!rooms.TryGetValue(name, out var room))
        {
            yield return $"{name} has no room in the table";
            yield break;
        }

        foreach (var other in References(project).Where(other => !Room.Allows(room.Projects, other)))
            yield return $"{name} may not use {other}";

        // What is named only to be kept out, where another package would bring it, is not used.
        foreach (var package in Elements(project, "PackageReference").Where(item => item.Attribute("ExcludeAssets")?.Value != "all").Select(Included).Where(package => !Room.Allows(room.Packages, package)))
            yield return $"{name} may not use the package {package}";
        foreach (var framework in Elements(project, "FrameworkReference").Select(Included).Where(_ => !room.AspNetCore))
            yield return $"{name} may not use the framework {framework}";
    }

    /// <summary>What is shipped does not lean on tests; a load test sees what a client sees.</summary>
    public static IEnumerable<string> OutsideFolder(SourceFile project) =>
        from other in References(project)
        let tests = other.EndsWith(".Tests", StringComparison.Ordinal) || other is "Dispatch.TestKit" or "Dispatch.LoadTests" or "Dispatch.Benchmarks"
        // Load comes from outside, as users do; a benchmark measures the pure engine and the stores themselves, and a report replays data through the engine.
        let benchmark = project.Path.EndsWith(".Benchmarks.csproj", StringComparison.Ordinal)
        let inside = (other == "Dispatch.Engine" && (benchmark || project.Path.EndsWith("Report.csproj", StringComparison.Ordinal)))
            || (benchmark && other.StartsWith("Dispatch.Storage", StringComparison.Ordinal))
        where (project.IsUnder("src") && tests)
            || (project.IsUnder("load-tests") && other is not ("Dispatch.Client" or "Dispatch.Contracts") && !inside)
            || (project.IsUnder("tests") && other.EndsWith(".Tests", StringComparison.Ordinal))
        select $"{project.Path} may not use {other}";

    /// <summary>The lists of banned calls come from Directory.Build.props at the root; nothing below may take them away.</summary>
    public static IEnumerable<string> UnwiredBans(SourceFile file)
    {
        if (!file.Ends(".csproj", ".props", ".targets") || !(file.IsUnder("src") || file.IsUnder("tests")))
            yield break;
        if (!IsProject(file) && Path.GetFileName(file.Path).StartsWith("Directory.", StringComparison.OrdinalIgnoreCase))
            yield return $"{file.Path} hides the file of that name at the root";
        foreach (var element in Elements(file, "AdditionalFiles").Concat(Elements(file, "PackageReference")).Concat(Elements(file, "Analyzer")))
        {
            if (element.Attribute("Remove") is { } removed && !removed.Value.EndsWith(".razor", StringComparison.Ordinal))
                yield return $"{file.Path} removes {element.Name.LocalName} {removed.Value}";
        }

        var kind = Elements(file, "IsSourceProject").Concat(Elements(file, "IsTestProject")).FirstOrDefault();
        var asksByName = Elements(file, "AdditionalFiles").Any(item => Included(item).Replace('\\', '/').EndsWith("/BannedSymbols.txt", StringComparison.Ordinal))
            && Elements(file, "PackageReference").Any(item => Included(item) == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
        if (kind is not null && !asksByName)
            yield return $"{file.Path} sets {kind.Name.LocalName}, and so loses the list of banned calls: it must ask for it by name";
    }

    private static IEnumerable<string> References(SourceFile project) =>
        Elements(project, "ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(Included(reference).Replace('\\', '/')));

    private static IEnumerable<XElement> Elements(SourceFile project, string name) =>
        XDocument.Parse(project.Text).Descendants().Where(element => element.Name.LocalName == name);

    private static string Included(XElement item) => (item.Attribute("Include") ?? item.Attribute("Update"))?.Value ?? "";

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex SolutionProject();
}
