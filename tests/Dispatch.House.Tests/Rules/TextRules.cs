using System.Text.RegularExpressions;

namespace Dispatch.House.Tests.Rules;

/// <summary>What may not stand in a file. Each rule gives one line per breach: an empty answer is a clean file.</summary>
public static partial class TextRules
{
    public const int LinesMax = 400;

    /// <summary>Files that were longer than <see cref="LinesMax"/> when the rule came, with the length they may not exceed. It only ever shrinks.</summary>
    public static IReadOnlyDictionary<string, int> LongFiles { get; } = new Dictionary<string, int>();

    /// <summary>Where a banned call may be made, because the thing that hands it to everyone else is made there.</summary>
    public static IReadOnlySet<string> CompositionRoots { get; } = new HashSet<string>
    {
        "src/Dispatch.Server/Composition/SystemSources.cs",
        "src/Dispatch.Client/ClientIds.cs",
    };

    public static IEnumerable<string> TooLong(SourceFile file, IReadOnlyDictionary<string, int> ratchet)
    {
        if (!file.Ends(".cs", ".razor"))
            return [];
        var lines = file.Text.TrimEnd('\n').Split('\n').Length;
        var max = ratchet.GetValueOrDefault(file.Path, LinesMax);
        return lines > max ? [$"{file.Path}: {lines} lines, and {max} are allowed"] : [];
    }

    public static IEnumerable<string> Unfinished(SourceFile file) =>
        file.IsUnder("src") ? file.Where(UnfinishedWords().IsMatch) : [];

    public static IEnumerable<string> MachinePaths(SourceFile file) => file.Where(MachinePath().IsMatch);

    /// <summary>A solution file is written by tools, with tabs.</summary>
    public static IEnumerable<string> Tabs(SourceFile file) =>
        file.Ends(".sln") ? [] : file.Where(line => line.Contains('\t', StringComparison.Ordinal));

    public static IEnumerable<string> LineEndings(SourceFile file) =>
        file.Text.Contains('\r', StringComparison.Ordinal) ? [$"{file.Path}: holds a carriage return"] : [];

    /// <summary>Every way to make the compiler let a banned call pass.</summary>
    public static IEnumerable<string> Suppressions(SourceFile file)
    {
        if (CompositionRoots.Contains(file.Path))
            return [];
        if (file.Ends(".cs", ".razor"))
            return file.Where(line => PragmaDisable().IsMatch(line) || SuppressMessage().IsMatch(line));
        if (file.Ends(".csproj", ".props", ".targets"))
            return file.Where(BuildSuppression().IsMatch);
        if (file.Ends(".editorconfig", ".globalconfig", ".ruleset"))
            return file.Where(LoweredSeverity().IsMatch);
        return [];
    }

    [GeneratedRegex(@"\b(TODO|FIXME|NotImplementedException)\b")]
    private static partial Regex UnfinishedWords();

    // A folder that only one machine has. After a letter, dot, brace or slash it is a part of something else: an address, a relative path.
    [GeneratedRegex(@"(?<![\w.\-}/~>*])/(work|root|home|tmp|Users)/[\w.]")]
    private static partial Regex MachinePath();

    // Without an id it disables everything.
    [GeneratedRegex(@"^\s*#pragma\s+warning\s+disable(\s*(//.*)?$|.*RS0030)")]
    private static partial Regex PragmaDisable();

    [GeneratedRegex(@"SuppressMessage(Attribute)?\s*\(.*RS003[0]")]
    private static partial Regex SuppressMessage();

    [GeneratedRegex(@"<(NoWarn|WarningsNotAsErrors|DisabledWarnings)\b.*RS0030|<RunAnalyzers[^>]*>\s*false|<RunAnalyzersDuringBuild>\s*false", RegexOptions.IgnoreCase)]
    private static partial Regex BuildSuppression();

    [GeneratedRegex(@"RS0030\.severity\s*=\s*(?!\s|error\b)|analyzer_diagnostic\.severity\s*=\s*(none|silent)|generated_code\s*=\s*true", RegexOptions.IgnoreCase)]
    private static partial Regex LoweredSeverity();
}
