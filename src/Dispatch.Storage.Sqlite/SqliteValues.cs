using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>How values are written and read.</summary>
internal static class SqliteValues
{
    public static long Micros(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>A time as it will be read.</summary>
    public static DateTimeOffset Stored(DateTimeOffset at) => DateTimeOffset.UnixEpoch.AddTicks(Micros(at) * TimeSpan.TicksPerMicrosecond);

    public static DateTimeOffset Time(this SqliteDataReader reader, int column) =>
        DateTimeOffset.UnixEpoch + Span(reader, column);

    public static DateTimeOffset? TimeOrNull(this SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.Time(column);

    public static TimeSpan Span(this SqliteDataReader reader, int column) =>
        new(reader.GetInt64(column) * TimeSpan.TicksPerMicrosecond);

    public static Guid Id(this SqliteDataReader reader, int column) => Guid.ParseExact(reader.GetString(column), "D");

    public static Guid? IdOrNull(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Id(column);

    public static double? NumberOrNull(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);

    public static string? TextOrNull(this SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    public static bool Flag(this SqliteDataReader reader, int column) => reader.GetInt64(column) != 0;

    public static string Order(IReadOnlyList<int> presentation) => string.Join(',', presentation);

    public static IReadOnlyList<int> Order(string presentation) =>
        presentation.Length == 0 ? [] : [.. presentation.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
}
