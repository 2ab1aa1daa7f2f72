using System.Globalization;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A process, with or without its children, whose processor time and memory are read. Linux only: elsewhere both read as zero.</summary>
/// <param name="Name">Name in reports.</param>
/// <param name="Id">Its id.</param>
/// <param name="WithChildren">Count the processes it started as its own: PostgreSQL has one a connection.</param>
internal sealed record WatchedProcess(string Name, int Id, bool WithChildren = false)
{
    private const double TicksPerSecond = 100;
    private const int MostTries = 5;

    /// <summary>Processor seconds so far, of ended children too, and resident bytes now.</summary>
    public (double CpuSeconds, long ResidentBytes) Read()
    {
        // A child that ends between the two reads is in neither, and at the next one all it ever used seems to have been used since: 7 s too many in a measurement of
        // six, where a connection of PostgreSQL was renewed in that moment.
        for (var tries = 1; ; tries++)
        {
            var (cpu, ended, resident) = ReadOne(Id);
            if (!WithChildren) return (cpu, resident);
            cpu += ended;
            foreach (var child in Descendants())
            {
                cpu += ReadOne(child).Cpu;

                // Shared buffers are mapped into every backend: only what is private to one counts beside the parent's.
                resident += PrivateOf(child);
            }

            if (tries == MostTries || ReadOne(Id).Ended.Equals(ended)) return (cpu, resident);
        }
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

    /// <summary>Processor seconds of a process and of those it started which ended and were waited for.</summary>
    private static (double Cpu, double Ended, long Resident) ReadOne(int id)
    {
        if (Fields(id) is not { } fields) return (0, 0, 0);
        return (Seconds(11), Seconds(13), long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize);

        double Seconds(int first) => (long.Parse(fields[first], CultureInfo.InvariantCulture) + long.Parse(fields[first + 1], CultureInfo.InvariantCulture)) / TicksPerSecond;
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
