namespace Dispatch.TestKit;

/// <summary>What a page shows of a text, against the text.</summary>
public static class ShownText
{
    private const string Removable = "*~`[]!|-: \t\r\n xX";

    /// <summary>What of the text is not shown, beyond signs of markup that may be taken away, or what is shown and was not written; empty for a faithful page.</summary>
    public static string Lost(string text, string shown)
    {
        var (at, lost) = (0, "");
        foreach (var c in text)
        {
            if (at < shown.Length && shown[at] == c) at++;
            else if (!Removable.Contains(c, StringComparison.Ordinal)) lost += c;

            // Ends of lines are the page's own.
            while (at < shown.Length && shown[at] == '\n') at++;
        }

        return lost + shown[at..];
    }
}
