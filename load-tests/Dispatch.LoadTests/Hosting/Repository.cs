namespace Dispatch.LoadTests.Hosting;

/// <summary>Where things lie: the tool runs from its build folder inside the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string ServerAssembly => Path.Combine(Root, "src", "Dispatch.Server", "bin", "Release", "net10.0", "Dispatch.Server.dll");

    /// <summary>An earlier build of the server, kept in the folder that DISPATCH_LOAD_BEFORE names; null without.</summary>
    public static string? EarlierServerAssembly =>
        Environment.GetEnvironmentVariable("DISPATCH_LOAD_BEFORE") is { Length: > 0 } folder && Path.GetFullPath(Path.Combine(folder, "Dispatch.Server.dll")) is var path && File.Exists(path) ? path : null;

    /// <summary>The folder of real input: DISPATCH_SHARED_DATA, or <c>shared/data</c> beside the repository; null where it is absent.</summary>
    public static string? SharedData
    {
        get
        {
            var named = Environment.GetEnvironmentVariable("DISPATCH_SHARED_DATA") ?? Path.Combine(Root, "..", "shared", "data");
            return Directory.Exists(named) ? named : null;
        }
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Dispatch.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tool must run from within the repository.");
    }
}
