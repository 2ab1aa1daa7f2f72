using System.Reflection;

namespace Dispatch.TestKit;

/// <summary>Where the repository under test is, seen from the test assembly.</summary>
public static class Repository
{
    public const string SharedDataVariable = "DISPATCH_SHARED_DATA";

    private static readonly Lazy<string> LazyRoot = new(FindRoot);

    /// <summary>The folder that holds Dispatch.sln.</summary>
    public static string Root => LazyRoot.Value;

    /// <summary>Debug or Release: whatever the tests themselves were built as.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Debug";

    /// <summary>The folder of real input, which lies beside the repository and is not part of it; null when it is not there.</summary>
    public static string? SharedData
    {
        get
        {
            var named = Environment.GetEnvironmentVariable(SharedDataVariable);
            var folder = string.IsNullOrEmpty(named) ? Path.GetFullPath(Path.Combine(Root, "..", "shared", "data")) : named;
            return Directory.Exists(folder) ? folder : null;
        }
    }

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Dispatch.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Dispatch.sln.");
    }
}
