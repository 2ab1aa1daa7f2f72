using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Errors that PostgreSQL will give again however often the same is sent: they are answers, not unknown outcomes.</summary>
internal static class DatabaseRefusals
{
    // The first two characters are the class: data exception, integrity constraint, feature not supported, syntax or access rule, limit of the program.
    private static readonly string[] Classes = ["22", "23", "0A", "42", "54"];

    // A pool between us and the server may have mixed up prepared statements; another connection may do.
    private const string StatementIsTaken = "42P05";

    /// <summary>Whether nothing took effect, and nothing ever will. A unique key is not among them: whoever tries again sees what came first.</summary>
    public static bool IsPermanent(PostgresException failure) =>
        failure.SqlState is not (StatementIsTaken or PostgresErrorCodes.UniqueViolation) && Array.Exists(Classes, failure.SqlState.StartsWith);

    public static StoreRefusedException Of(PostgresException failure) => new(failure.SqlState[..2] is "22" or "54", failure);
}
