using System.Text;

namespace Dispatch.Server.Demo;

/// <summary>One piece of demo text: what was asked, and what belongs to it (answers of different quality, a text, steps).</summary>
internal sealed record DemoItem(string Id, string Topic, string Prompt, IReadOnlyList<string> Answers)
{
    /// <summary>Reads an embedded page: <c># id | topic</c>, what was asked, then the rest, each after a line of <c>---</c>.</summary>
    public static IReadOnlyList<DemoItem> All(string page)
    {
        using var stream = typeof(DemoItem).Assembly.GetManifestResourceStream($"Dispatch.Server.Demo.{page}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        List<DemoItem> items = [];
        foreach (var block in reader.ReadToEnd().Split("\n# ", StringSplitOptions.RemoveEmptyEntries))
        {
            var text = block.StartsWith("# ", StringComparison.Ordinal) ? block[2..] : block;
            var end = text.IndexOf('\n', StringComparison.Ordinal);
            var heading = text[..end].Split('|', StringSplitOptions.TrimEntries);
            var parts = text[(end + 1)..].Split("\n---\n", StringSplitOptions.TrimEntries);
            items.Add(new DemoItem(heading[0], heading[1], parts[0], parts[1..]));
        }

        return items;
    }
}
