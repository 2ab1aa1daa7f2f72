namespace Dispatch.LoadTests.Hosting;

/// <summary>Where the server's build lies.</summary>
internal static class ServerBuild
{
    public static string Assembly
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Dispatch.sln"))) folder = folder.Parent;
            return Path.Combine(folder!.FullName, "src", "Dispatch.Server", "bin", "Release", "net10.0", "Dispatch.Server.dll");
        }
    }
}
