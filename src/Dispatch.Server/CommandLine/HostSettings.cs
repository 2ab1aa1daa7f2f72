namespace Dispatch.Server.CommandLine;

/// <summary>Settings that the host reads beside those of Dispatch: any other option of the command line is a mistake.</summary>
internal static class HostSettings
{
    // Section Dispatch is checked setting by setting with the rest of the configuration, wherever a setting came from.
    private static readonly string[] Sections = ["Dispatch", "Logging", "Kestrel"];
    private static readonly string[] Settings =
        ["urls", "http_ports", "https_ports", "https_port", "environment", "contentRoot", "applicationName", "webRoot", "AllowedHosts", "detailedErrors", "preferHostingUrls", "suppressStatusMessages"];

    /// <summary>Whether the host or Dispatch reads a setting of this name, or of this section.</summary>
    /// <param name="name">Name as the configuration spells it, with a colon behind a section, such as <c>Logging:LogLevel:Default</c>.</param>
    public static bool AreReadUnder(string name) =>
        Settings.Contains(name, StringComparer.OrdinalIgnoreCase) || Sections.Any(section => name.StartsWith($"{section}:", StringComparison.OrdinalIgnoreCase));
}
