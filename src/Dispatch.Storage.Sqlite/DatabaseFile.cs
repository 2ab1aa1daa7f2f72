namespace Dispatch.Storage.Sqlite;

/// <summary>
/// The file of a database, taken for one process. Beside it lies <c>.owner</c>, which is locked while the process lives and remembers that there was a database: where
/// the one is there without the other, somebody lost a file, and beginning an empty one silently would hide it.
/// </summary>
internal sealed class DatabaseFile : IAsyncDisposable
{
    private const byte WasMade = 1;
    private readonly FileStream _owner;

    private DatabaseFile(FileStream owner) => _owner = owner;

    /// <summary>Takes a file; made when missing, and then readable by its owner alone: it holds people's names and work.</summary>
    /// <param name="path">Where.</param>
    /// <exception cref="InvalidOperationException">Another process uses it, or a database that was there is gone.</exception>
    public static DatabaseFile Take(string path)
    {
        FileStream owner;
        try
        {
            owner = new FileStream(path + ".owner", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure)
        {
            throw new InvalidOperationException(
                $"The database {path} is in use by another process. Stop that process, choose another file, or use PostgreSQL for several processes.", failure);
        }

        if (!File.Exists(path) && owner.ReadByte() == WasMade)
        {
            owner.Dispose();
            throw new InvalidOperationException(
                $"The database {path} is gone, though there was one. Put it back, or restore a backup. To begin with an empty one, delete {path}.owner.");
        }

        if (!OperatingSystem.IsWindows() && !File.Exists(path))
        {
            new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
        }

        return new DatabaseFile(owner);
    }

    /// <summary>Notes that the database is made: from now on its absence is a loss.</summary>
    public void Remember()
    {
        _owner.Position = 0;
        _owner.WriteByte(WasMade);
        _owner.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _owner.DisposeAsync();
}
