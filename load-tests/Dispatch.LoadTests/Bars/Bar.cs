namespace Dispatch.LoadTests.Bars;

/// <summary>A line of bars.sh: `ok` or `SHORT`, name, measured, needed.</summary>
internal static class Bar
{
    /// <summary>Prints it; 1 when it is short.</summary>
    public static int Print(string name, bool met, string measured, string needed)
    {
        Console.WriteLine($"{(met ? "ok" : "SHORT"),-6} {name,-48} {measured,-44} {needed}");
        return met ? 0 : 1;
    }
}
