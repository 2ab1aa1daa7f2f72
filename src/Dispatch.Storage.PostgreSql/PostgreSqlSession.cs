using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>One connection, with or without a transaction around it.</summary>
internal sealed class PostgreSqlSession(NpgsqlConnection connection)
{
    public async Task<int> ExecuteAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<object?> ScalarAsync(string sql, params object?[] values)
    {
        await using var command = Command(sql, values);
        var value = await command.ExecuteScalarAsync();
        return value is DBNull ? null : value;
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.RowsAsync(read);
    }

    /// <summary>As a group commit would: see <see cref="CommitSql.Plan"/>. For what is asked for often, and by many keys at once.</summary>
    public async Task<List<T>> QueryPlannedAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(CommitSql.Plan));
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        return await reader.RowsAsync(read);
    }

    public async Task<T?> FirstAsync<T>(string sql, Func<NpgsqlDataReader, T> read, params object?[] values)
        where T : class
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? read(reader) : null;
    }

    /// <summary>Statements that go in one round trip.</summary>
    public NpgsqlBatch Batch() => new(connection);

    public static NpgsqlParameter Parameter(object? value) => value switch
    {
        NpgsqlParameter made => made,
        null => new NpgsqlParameter { Value = DBNull.Value },
        Enum member => new NpgsqlParameter { Value = Convert.ToInt16(member, System.Globalization.CultureInfo.InvariantCulture) },
        _ => new NpgsqlParameter { Value = value },
    };

    private NpgsqlCommand Command(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }
}

/// <summary>Reading rows, and columns that may be null.</summary>
internal static class ReaderExtensions
{
    /// <summary>The rows of the present result.</summary>
    public static async Task<List<T>> RowsAsync<T>(this NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellation = default)
    {
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }

    public static Guid? IdOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetGuid(column);

    public static double? NumberOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetDouble(column);

    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static DateTimeOffset Time(this NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static TimeSpan Micros(this NpgsqlDataReader row, int column) => new(row.GetInt64(column) * TimeSpan.TicksPerMicrosecond);
}
