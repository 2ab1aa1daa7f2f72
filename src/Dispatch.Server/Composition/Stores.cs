using Dispatch.Storage;
using Dispatch.Storage.PostgreSql;

namespace Dispatch.Server.Composition;

/// <summary>Opens stores.</summary>
internal static class Stores
{
    public static IDispatchStore OpenPostgreSql(string connectionString) => PostgreSqlStore.Open(connectionString);
}
