using Xunit;

namespace Dispatch.TestKit;

/// <summary>One server for a class or collection of tests; each test asks for a database of its own.</summary>
public sealed class PostgreSqlFixture : IAsyncLifetime
{
    private PostgreSqlServer? _server;

    public PostgreSqlServer Server => _server ?? throw new InvalidOperationException(
        "PostgreSQL is absent. A test that needs it carries [PostgreSqlFact] or [PostgreSqlTheory].");

    /// <inheritdoc cref="PostgreSqlServer.CreateDatabaseAsync"/>
    public Task<string> CreateDatabaseAsync() => Server.CreateDatabaseAsync();

    /// <summary>Starts nothing where every test of the fixture is skipped: xunit makes fixtures for skipped tests too.</summary>
    public async Task InitializeAsync()
    {
        if (Needs.PostgreSql is null)
            _server = await PostgreSqlServer.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
