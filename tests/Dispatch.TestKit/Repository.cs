namespace Dispatch.TestKit;

/// <summary>Where things lie.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of real input; null when it is not there.</summary>
    public static string? SharedData { get; } = FindSharedData();

    public static string Configuration { get; } = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Dispatch.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("No Dispatch.sln above the tests.");
    }

    private static string? FindSharedData()
    {
        var folder = Environment.GetEnvironmentVariable("DISPATCH_SHARED_DATA") ?? Path.Combine(Root, "..", "shared", "data");
        return Directory.Exists(folder) ? folder : null;
    }
}
