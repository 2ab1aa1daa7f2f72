namespace Dispatch.TestKit;

/// <summary>Programs that some tests need and a machine may lack.</summary>
public static class Tools
{
    /// <summary>Under CI nothing is skipped for a missing program: the test runs, and fails saying what it misses.</summary>
    public static bool IsCI { get; } =
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The folder with initdb, pg_ctl and postgres, newest version first; null when PostgreSQL is not installed.</summary>
    public static string? PostgreSqlBin { get; } = FindPostgreSqlBin();

    public static string? Chromium { get; } =
        Named("DISPATCH_TEST_CHROMIUM") ?? OnPath("chromium") ?? OnPath("chromium-browser") ?? OnPath("google-chrome");

    public static string? Node { get; } = OnPath("node") ?? OnPath("nodejs");

    public static string? Npm { get; } = OnPath("npm");

    public static string? Promtool { get; } = OnPath("promtool");

    public static string? PgBouncer { get; } = OnPath("pgbouncer") ?? (File.Exists("/usr/sbin/pgbouncer") ? "/usr/sbin/pgbouncer" : null);

    /// <summary>The dotnet that runs these tests.</summary>
    public static string DotNet { get; } = Named("DOTNET_HOST_PATH") ?? "dotnet";

    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    private static string? Named(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path && File.Exists(path) ? path : null;

    private static string? FindPostgreSqlBin()
    {
        const string Debian = "/usr/lib/postgresql";
        if (Directory.Exists(Debian))
        {
            var newest = Directory.EnumerateDirectories(Debian)
                .Select(folder => (Folder: Path.Combine(folder, "bin"), Version: int.TryParse(Path.GetFileName(folder), out var version) ? version : 0))
                .Where(candidate => File.Exists(Path.Combine(candidate.Folder, "initdb")))
                .OrderByDescending(candidate => candidate.Version)
                .Select(candidate => candidate.Folder)
                .FirstOrDefault();
            if (newest is not null)
                return newest;
        }

        return OnPath("initdb") is { } initdb && OnPath("pg_ctl") is not null ? Path.GetDirectoryName(initdb) : null;
    }
}
