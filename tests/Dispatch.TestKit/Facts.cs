using Xunit;

namespace Dispatch.TestKit;

/// <summary>A test that needs PostgreSQL. Skipped without it, save under CI, where it fails.</summary>
public sealed class PostgreSqlFactAttribute : FactAttribute
{
    public PostgreSqlFactAttribute() => Skip = Needs.PostgreSql;
}

/// <summary>A test that needs the folder of real input.</summary>
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute() => Skip = Repository.SharedData is null ? "needs the shared data folder" : null;
}

/// <summary>What may be missing, and why a test is skipped then.</summary>
public static class Needs
{
    private static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    public static string? PostgreSql => IsCi || PostgreSqlDatabase.Server is not null ? null : "needs PostgreSQL: run bash tests/run.sh, or set DISPATCH_TEST_POSTGRES";
}
