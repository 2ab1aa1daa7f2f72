using System.Text.RegularExpressions;

namespace Dispatch.House.Tests.Rules;

/// <summary>What the first page of the repository shows.</summary>
public static partial class TopLevelRules
{
    public static IReadOnlyList<string> Folders { get; } = ["src", "tests", "load-tests", "deploy"];

    /// <summary>Names at the top that have no business there.</summary>
    public static IEnumerable<string> Strangers(IEnumerable<string> paths) =>
        paths
            .Select(path => path.Split('/', 2))
            .Where(parts => parts.Length == 2 ? !Folders.Contains(parts[0]) && !parts[0].StartsWith('.') : !File().IsMatch(parts[0]))
            .Select(parts => parts[0])
            .Distinct();

    /// <summary>Folders nobody explains.</summary>
    public static IEnumerable<string> Unexplained(IReadOnlyCollection<string> paths) =>
        Folders.Select(folder => $"{folder}/README.md").Append("README.md").Where(page => !paths.Contains(page));

    [GeneratedRegex(@"^(Dispatch\.sln|README\.md|LICENSE|Directory\.\w+\.(props|targets)|global\.json|nuget\.config|\..+)$", RegexOptions.IgnoreCase)]
    private static partial Regex File();
}
