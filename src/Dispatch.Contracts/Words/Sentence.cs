namespace Dispatch.Contracts;

/// <summary>Puts what a person wrote beside sentences of ours.</summary>
public static class Sentence
{
    private const string Ends = ".!?…:;。！？";
    private const string Closers = "\"'”’)»]";

    /// <summary>
    /// The text as a whole sentence, so that the next one can follow it: without the blanks around it, and with a full stop unless it ends in a mark of its own
    /// (a closing quotation mark or bracket after the mark is looked past).
    /// </summary>
    /// <param name="text">What somebody wrote; null and blank give an empty text.</param>
    public static string Of(string? text)
    {
        var said = text?.Trim() ?? "";
        var bare = said.TrimEnd(Closers.ToCharArray());
        return said.Length == 0 || (bare.Length > 0 && Ends.Contains(bare[^1], StringComparison.Ordinal)) ? said : said + ".";
    }
}
