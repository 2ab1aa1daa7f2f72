using System.Globalization;

namespace Dispatch.Server.Export;

/// <summary>
/// Text as a cell of a table that may be opened in a spreadsheet, which would run a text that begins like a formula. An apostrophe before it keeps it text. A text that
/// begins with an apostrophe gets another one, so that what was escaped can be told and undone: whoever reads a cell takes one leading apostrophe off.
/// </summary>
public static class SpreadsheetCell
{
    /// <summary>Letters that begin a formula, their full-width twins, and what a spreadsheet skips before it looks.</summary>
    private const string Formula = "=+-@\t\r\n＝＋－＠";

    /// <summary>The cell of a text. A plain number is left as it is: ids are often negative hashes, and a join on them must find them.</summary>
    /// <param name="text">The text; null for an empty cell.</param>
    public static string? Of(string? text) =>
        text is [var first, ..] && (first == '\'' || (Formula.Contains(first, StringComparison.Ordinal) && !IsNumber(text))) ? $"'{text}" : text;

    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _)
        && char.IsAsciiDigit(text[^1]);
}
