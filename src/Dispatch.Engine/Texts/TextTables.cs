namespace Dispatch.Engine.Texts;

/// <summary>The tables of characters that come with this assembly. Lines that begin with '##' say where a table is from.</summary>
internal static class TextTables
{
    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(TextTables).Assembly.GetManifestResourceStream($"Dispatch.Engine.Texts.{name}")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            // The character '#' has a line of its own in the table of look-alikes, and a comment begins with two.
            if (!line.StartsWith("##", StringComparison.Ordinal)) yield return line;
        }
    }
}
