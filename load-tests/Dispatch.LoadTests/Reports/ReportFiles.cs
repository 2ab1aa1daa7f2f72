using System.Text.Json;

namespace Dispatch.LoadTests.Reports;

/// <summary>Reports on disk: NAME.json for machines, NAME.html beside it for people.</summary>
internal static class ReportFiles
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task WriteAsync(Report report, string path)
    {
        var name = Path.ChangeExtension(path, null);
        if (Path.GetDirectoryName(Path.GetFullPath(name)) is { } folder) Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(name + ".json", JsonSerializer.Serialize(report, Options));
        await File.WriteAllTextAsync(name + ".html", HtmlReport.Make(report));
    }

    public static async Task<Report> ReadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync<Report>(file, Options) ?? throw new InvalidDataException($"{path} holds no report.");
    }
}
