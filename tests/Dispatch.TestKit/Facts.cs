using Xunit;

namespace Dispatch.TestKit;

/// <summary>What may be missing, and why a test is skipped then; null when nothing is. tests/run.sh knows <see cref="SharedData"/> by its words.</summary>
public static class Needs
{
    public static string? PostgreSql =>
        Tools.IsCI || Tools.PostgreSqlBin is not null || PostgreSqlServer.SharedConnectionString is not null
            ? null
            : $"needs PostgreSQL: install its server (initdb and pg_ctl), or name a running one in {PostgreSqlServer.SharedVariable}";

    public static string? PrivatePostgreSql =>
        Tools.IsCI || Tools.PostgreSqlBin is not null
            ? null
            : "needs PostgreSQL of its own, to stop and start it: install its server (initdb and pg_ctl)";

    public static string? SmallDisk =>
        PrivatePostgreSql ?? (TestKit.SmallDisk.IsPossible
            ? null
            : "needs the right to mount a small disk: run as root, or with a sudo that does not ask, where mounting is allowed");

    public static string? Chromium =>
        Tools.IsCI || Tools.Chromium is not null ? null : "needs Chromium: install it, or name its program in DISPATCH_TEST_CHROMIUM";

    public static string? Node =>
        Tools.IsCI || (Tools.Node is not null && Tools.Npm is not null) ? null : "needs Node.js: install node and npm";

    public static string? PgBouncer =>
        PostgreSql ?? (Tools.IsCI || Tools.PgBouncer is not null ? null : "needs PgBouncer: install the package pgbouncer");

    public static string? Promtool =>
        Tools.IsCI || Tools.Promtool is not null ? null : "needs promtool: install the package prometheus";

    public static string? SharedData =>
        Repository.SharedData is not null
            ? null
            : $"needs the shared data folder: it lies beside the repository, or is named in {Repository.SharedDataVariable}";
}

/// <summary>A test that needs PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlFactAttribute : FactAttribute
{
    public PostgreSqlFactAttribute() => Skip = Needs.PostgreSql;
}

/// <summary>A test that stops and starts a PostgreSQL server of its own: one running elsewhere does not do.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PrivatePostgreSqlFactAttribute : FactAttribute
{
    public PrivatePostgreSqlFactAttribute() => Skip = Needs.PrivatePostgreSql;
}

/// <summary>A test that fills the disk of a PostgreSQL server of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = Needs.SmallDisk;
}

/// <inheritdoc cref="PrivatePostgreSqlFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PrivatePostgreSqlTheoryAttribute : TheoryAttribute
{
    public PrivatePostgreSqlTheoryAttribute() => Skip = Needs.PrivatePostgreSql;
}

/// <inheritdoc cref="PostgreSqlFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgreSqlTheoryAttribute : TheoryAttribute
{
    public PostgreSqlTheoryAttribute() => Skip = Needs.PostgreSql;
}

/// <summary>A test that drives a real browser.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute() => Skip = Needs.Chromium;
}

/// <summary>A test that runs a Node.js script, and may install packages for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = Needs.Node;
}

/// <summary>A test behind a pooler of connections.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PgBouncerTheoryAttribute : TheoryAttribute
{
    public PgBouncerTheoryAttribute() => Skip = Needs.PgBouncer;
}

/// <summary>A test of the alert rules by Prometheus' own tool.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PromtoolFactAttribute : FactAttribute
{
    public PromtoolFactAttribute() => Skip = Needs.Promtool;
}

/// <summary>A test on real input that is not part of the repository. The only kind that CI may skip.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute() => Skip = Needs.SharedData;
}

/// <summary>A test on real input that also needs PostgreSQL.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedDataPostgreSqlFactAttribute : FactAttribute
{
    public SharedDataPostgreSqlFactAttribute() => Skip = Needs.SharedData ?? Needs.PostgreSql;
}
