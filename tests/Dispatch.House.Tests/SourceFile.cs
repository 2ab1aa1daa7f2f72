namespace Dispatch.House.Tests;

/// <summary>A file of the repository: its path from the root, with forward slashes, and its text.</summary>
public sealed record SourceFile(string Path, string Text)
{
    public bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    public bool Ends(params string[] endings) => endings.Any(ending => Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Every line that fits, as "path:line: text".</summary>
    public IEnumerable<string> Where(Func<string, bool> bad) =>
        Text.Split('\n')
            .Select((line, index) => (line, index))
            .Where(entry => bad(entry.line))
            .Select(entry => $"{Path}:{entry.index + 1}: {entry.line.Trim()}");
}
