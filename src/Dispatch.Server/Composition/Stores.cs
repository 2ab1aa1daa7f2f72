using Dispatch.Storage;
namespace Dispatch.Server.Composition;
internal static class Stores
{
    public static IDispatchStore OpenPostgreSql(string connectionString) => throw new NotSupportedException(connectionString);
}
