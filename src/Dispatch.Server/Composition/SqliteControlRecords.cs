using System.Globalization;
using Dispatch.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Dispatch.Server.Composition;

/// <summary>
/// Control records in the embedded file. Orleans' own provider (10.4.2) names SQLite among its databases and then refuses it: its table of how to run commands lacks it.
/// </summary>
internal sealed class SqliteControlRecords(SqliteStore store, IGrainStorageSerializer serializer, IActivatorProvider activators) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (payload, version) = await Task.Run(() =>
        {
            using var connection = Open();
            using var command = Command(connection, "SELECT payload, version FROM control_record WHERE name = $name AND grain_id = $id", stateName, grainId);
            using var reader = command.ExecuteReader();
            return reader.Read() ? (reader.GetFieldValue<byte[]>(0), reader.GetInt64(1)) : (null, 0);
        });
        grainState.RecordExists = payload is not null;
        grainState.ETag = payload is null ? null : Text(version);
        grainState.State = payload is null ? New<T>() : serializer.Deserialize<T>(new BinaryData(payload));
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var known = Version(grainState.ETag);
        var payload = serializer.Serialize(grainState.State).ToArray();
        await ChangeAsync(
            known is null
                ? "INSERT INTO control_record (name, grain_id, payload, version) VALUES ($name, $id, $payload, 1) ON CONFLICT DO NOTHING"
                : "UPDATE control_record SET payload = $payload, version = version + 1 WHERE name = $name AND grain_id = $id AND version = $known",
            stateName, grainId, known, payload);
        grainState.RecordExists = true;
        grainState.ETag = Text((known ?? 0) + 1);
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Version(grainState.ETag) is { } known) await ChangeAsync("DELETE FROM control_record WHERE name = $name AND grain_id = $id AND version = $known", stateName, grainId, known, payload: null);
        (grainState.RecordExists, grainState.ETag, grainState.State) = (false, null, New<T>());
    }

    /// <summary>Changes exactly one row, or tells that somebody else did.</summary>
    private async Task ChangeAsync(string sql, string stateName, GrainId grainId, long? known, byte[]? payload)
    {
        var rows = await Task.Run(() =>
        {
            using var connection = Open();
            using var command = Command(connection, sql, stateName, grainId);
            if (known is not null) command.Parameters.AddWithValue("$known", known);
            if (payload is not null) command.Parameters.AddWithValue("$payload", payload);
            return command.ExecuteNonQuery();
        });
        if (rows != 1) throw new InconsistentStateException($"The record {stateName} of {grainId} was changed by somebody else.", "another", known is { } version ? Text(version) : "none");
    }

    private T New<T>() => activators.GetActivator<T>().Create();

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(store.ConnectionString);
        connection.Open();

        // When the log is copied into the file is for the store to say: left to itself, every connection does it after SQLite's own 1,000 pages.
        using var pragma = connection.CreateCommand();
        pragma.CommandText = "PRAGMA wal_autocheckpoint = 0";
        pragma.ExecuteNonQuery();
        return connection;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, string stateName, GrainId grainId)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$name", stateName);
        command.Parameters.AddWithValue("$id", grainId.ToString());
        return command;
    }

    private static long? Version(string? etag) => etag is null ? null : long.Parse(etag, CultureInfo.InvariantCulture);

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
