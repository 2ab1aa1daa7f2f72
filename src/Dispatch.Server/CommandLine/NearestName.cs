using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Server.CommandLine;

/// <summary>Finds the name that somebody who mistyped one most likely meant.</summary>
internal static class NearestName
{
    /// <summary>A sentence with the nearest of the names, after a blank. It is empty when more than half of the letters of each name differ.</summary>
    /// <param name="typed">The name as it was typed.</param>
    /// <param name="names">The names there are.</param>
    public static string Hint(string typed, IEnumerable<string> names)
    {
        var nearest = names.Select(name => (Name: name, Distance: EditDistance.Between(typed.ToUpperInvariant(), name.ToUpperInvariant()))).OrderBy(one => one.Distance).FirstOrDefault();
        return nearest.Name is not null && nearest.Distance * 2 <= Math.Max(typed.Length, nearest.Name.Length) ? $" Did you mean '{nearest.Name}'?" : "";
    }
}
