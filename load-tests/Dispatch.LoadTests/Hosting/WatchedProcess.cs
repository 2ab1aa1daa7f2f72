using System.Globalization;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A process, with or without its children, whose processor time and memory are read. Linux only: elsewhere both read as zero.</summary>
/// <param name="Name">Name in reports.</param>
/// <param name="Id">Its id.</param>
/// <param name="WithChildren">Count the processes it started as its own: PostgreSQL has one a connection.</param>
internal sealed record WatchedProcess(string Name, int Id, bool WithChildren = false)
{
    private const double TicksPerSecond = 100;

    /// <summary>Processor seconds so far, of ended children too, and resident bytes now.</summary>
    public (double CpuSeconds, long ResidentBytes) Read()
    {
        var (cpu, resident) = ReadOne(Id, WithChildren);
        if (!WithChildren) return (cpu, resident);
        foreach (var child in Descendants())
        {
            var (more, _) = ReadOne(child, ended: false);
            cpu += more;

            // Shared buffers are mapped into every backend: only what is private to one counts beside the parent's.
            resident += PrivateOf(child);
        }

        return (cpu, resident);
    }

    /// <summary>Open files and sockets.</summary>
    public int Handles()
    {
        try
        {
            return Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Every process below it.</summary>
    public IReadOnlyList<int> Descendants()
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (Id: id, Parent: Fields(id) is { } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0))
            .ToLookup(process => process.Parent, process => process.Id);
        List<int> below = [.. parents[Id]];
        for (var i = 0; i < below.Count; i++) below.AddRange(parents[below[i]]);
        return below;
    }

    private static (double Cpu, long Resident) ReadOne(int id, bool ended)
    {
        if (Fields(id) is not { } fields) return (0, 0);
        var ticks = double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture);
        if (ended) ticks += double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture);
        return (ticks / TicksPerSecond, long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);
    }

    private static long PrivateOf(int id)
    {
        try
        {
            var fields = File.ReadAllText($"/proc/{id}/statm").Split(' ');
            return (long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture)) * Environment.SystemPageSize;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    // From the state on: the name before it may hold blanks and brackets.
    private static string[]? Fields(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
