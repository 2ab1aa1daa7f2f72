namespace Dispatch.Server.Composition;

/// <summary>Which part of the work a process does.</summary>
public enum ServerRole
{
    /// <summary>Connections and grains: what most deployments want.</summary>
    All,
    /// <summary>Grains; no public endpoint but health.</summary>
    Silo,
    /// <summary>Connections and the API; reaches the grains as an Orleans client.</summary>
    Gateway,
}

/// <summary>Reads roles.</summary>
public static class ServerRoles
{
    /// <summary>Reads a role by its name, in any case.</summary>
    /// <param name="text">The name.</param>
    /// <param name="role">The role.</param>
    public static bool TryParse(string? text, out ServerRole role)
    {
        role = ServerRole.All;
        return text is not null && !int.TryParse(text, out _) && Enum.TryParse(text, ignoreCase: true, out role) && Enum.IsDefined(role);
    }

    /// <summary>The role in a configuration; All when it names none, or none that there is, which validation tells.</summary>
    /// <param name="configuration">The configuration.</param>
    public static ServerRole Of(IConfiguration configuration) => TryParse(configuration["Dispatch:Role"], out var role) ? role : ServerRole.All;
}
