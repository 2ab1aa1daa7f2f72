using System.Globalization;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>Sizes of a run, from the environment.</summary>
public static class Settings
{
    public static int Number(string variable, int normal) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : normal;
}
