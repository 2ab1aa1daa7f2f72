using Dispatch.Server.Export;

namespace Dispatch.Server.Tests.Api;

/// <summary>No cell is run as a formula, no number is touched, and every cell can be turned back into its text.</summary>
public sealed class SpreadsheetCellTests
{
    [Theory]
    [InlineData("-1509169330", "-1509169330")]
    [InlineData("+4.5e-3", "+4.5e-3")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData(null, null)]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("- bullet", "'- bullet")]
    [InlineData("-1+cmd", "'-1+cmd")]
    [InlineData("-", "'-")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'tis", "''tis")]
    [InlineData("-Infinity", "'-Infinity")]
    public void Text_BecomesACell(string? text, string? cell)
    {
        SpreadsheetCell.Of(text).ShouldBe(cell);
        (cell is ['\'', .. var rest] ? rest : cell).ShouldBe(text);
    }
}
