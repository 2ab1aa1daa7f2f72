using System.ComponentModel;
using Dispatch.TestKit;

namespace Dispatch.House.Tests;

/// <summary>The text files of the repository: those git tracks, or would track if they were added.</summary>
public sealed class SourceTree : IAsyncLifetime
{
    private static readonly string[] NotOurs =
        [".git", "bin", "obj", "TestResults", "node_modules", "artifacts", ".vs", ".idea", ".vscode", "BenchmarkDotNet.Artifacts"];

    public IReadOnlyList<string> Paths { get; private set; } = [];

    public IReadOnlyList<SourceFile> Files { get; private set; } = [];

    public async Task InitializeAsync()
    {
        Paths = await FromGitAsync() ?? FromDisk();
        Files = [.. Paths.Select(Read).OfType<SourceFile>()];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Null when there is no git, or this is not its work tree (an unpacked archive).</summary>
    private static async Task<IReadOnlyList<string>?> FromGitAsync()
    {
        try
        {
            var (exitCode, output) = await Command.RunAsync(
                "git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], Repository.Root, TimeSpan.FromMinutes(1));
            var paths = output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
            return exitCode == 0 && paths.Length > 0 ? [.. paths.Distinct().Order(StringComparer.Ordinal)] : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static IReadOnlyList<string> FromDisk() =>
    [
        .. Directory.EnumerateFiles(Repository.Root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(NotOurs.Contains))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Null for what is not text, or was deleted and not yet committed so.</summary>
    private static SourceFile? Read(string path)
    {
        var full = Path.Combine(Repository.Root, path);
        if (!File.Exists(full))
            return null;
        var text = File.ReadAllText(full);
        return text.Contains('\0', StringComparison.Ordinal) ? null : new SourceFile(path, text);
    }
}
