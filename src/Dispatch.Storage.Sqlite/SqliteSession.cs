using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>One connection with its prepared statements. Used by one thread at a time.</summary>
internal sealed partial class SqliteSession : IDisposable
{
    /// <summary>SQLITE_FCNTL_HAS_MOVED.</summary>
    private const int HasMovedCode = 20;

    // Keys are random, so every commit touches pages all over the file. With SQLite's own 2 MB of cache and a checkpoint each 4 MB of log, pages were read again for every commit and written
    // to the file as often as to the log: an answer cost three to four times as much, and more the more was answered (load-tests/README.md). Memory is taken as it is needed.
    private const int CacheKilobytes = 64 * 1024;
    private const int CheckpointPages = 16_000;
    private const int PageBytes = 4_096;

    // The log may take an eighth of what is free when the file is opened. On a disk smaller than the log it would fill the disk before its first checkpoint, which then
    // has no room for the pages it wants to move, and nothing is written ever again.
    private const int LogShareOfFreeRoom = 8;
    private const int CheckpointPagesMin = 100;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    public SqliteSession(string connectionString)
    {
        _connection = new SqliteConnection(connectionString);
        _connection.Open();
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute("PRAGMA foreign_keys = ON");
        Execute("PRAGMA busy_timeout = 5000");
        Execute($"PRAGMA cache_size = -{CacheKilobytes}");
        var free = new DriveInfo(Path.GetFullPath(_connection.DataSource)).AvailableFreeSpace;
        var pages = Math.Clamp(free / LogShareOfFreeRoom / PageBytes, CheckpointPagesMin, CheckpointPages);
        Execute($"PRAGMA wal_autocheckpoint = {pages}");
        Execute($"PRAGMA journal_size_limit = {pages * PageBytes}");
    }

    public int Execute(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteNonQuery();

    public object? Scalar(string sql, params ReadOnlySpan<object?> values)
    {
        var value = Bind(sql, values).ExecuteScalar();
        return value is DBNull ? null : value;
    }

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Bind(sql, values).ExecuteReader();
        List<T> rows = [];
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
        where T : class
    {
        using var reader = Bind(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : null;
    }

    /// <summary>Moves what the log holds into the file and gives its room back. Does nothing where others still read the log, or where there is no room for that either.</summary>
    public void Shrink()
    {
        try
        {
            Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // The disk is full for this, too: it is tried again with the next write.
        }
    }

    /// <summary>Whether the file was deleted, renamed or replaced since it was opened. SQLite goes on writing into the one that is gone, and says so only when asked.</summary>
    public bool HasMoved()
    {
        var moved = 0;
        return FileControl(_connection.Handle!.DangerousGetHandle(), null, HasMovedCode, ref moved) == 0 && moved != 0;
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
            _prepared.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = ToDb(values[i]);
        return command;
    }

    // The wrapper offers no file controls. The connection is this session's own, and used by one thread at a time.
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static partial int FileControl(IntPtr connection, string? name, int code, ref int result);

    private static object ToDb(object? value) => value switch
    {
        null => DBNull.Value,
        Guid id => id.ToString("D"),
        DateTimeOffset at => SqliteValues.Micros(at),
        TimeSpan span => span.Ticks / TimeSpan.TicksPerMicrosecond,
        bool flag => flag ? 1L : 0L,
        Enum member => Convert.ToInt64(member, System.Globalization.CultureInfo.InvariantCulture),
        _ => value,
    };
}
