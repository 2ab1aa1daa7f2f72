namespace Dispatch.Web.Text;

/// <summary>
/// Stretches of one line in which no sign is markup: code between backticks, maths between dollars or behind <c>\(</c> and <c>\[</c>. What was looked for in vain is
/// not looked for again, so that a line of nothing but openers takes linear time.
/// </summary>
/// <param name="source">The text.</param>
/// <param name="end">End of the line, or of the cell.</param>
internal sealed class Verbatim(string source, int end)
{
    private const int RunsKnown = 64;

    private ulong _missingTicks;
    private bool _noParenthesis;
    private bool _noBracket;

    /// <summary>How many backticks stand at a place, and where as many of them come again; (0, 0) for no code.</summary>
    /// <param name="at">A backtick.</param>
    public (int Ticks, int Close) Code(int at)
    {
        var ticks = Run(at, end);
        if (ticks >= RunsKnown || (_missingTicks & (1UL << ticks)) != 0 || !MayOpenCode(at)) return (0, 0);
        for (var close = at + ticks; close < end;)
        {
            var next = source.AsSpan(close, end - close).IndexOf('`');
            if (next < 0) break;
            close += next;
            var run = Run(close, end);
            if (run == ticks) return (ticks, close);
            close += run;
        }

        _missingTicks |= 1UL << ticks;
        return (0, 0);
    }

    /// <summary>Where maths ends that begins at a place; 0 for no maths.</summary>
    /// <param name="at">A dollar sign or a backslash.</param>
    public int Maths(int at) => source[at] == '$' ? Dollars(at) : Escaped(at);

    private int Dollars(int at)
    {
        var signs = at + 1 < end && source[at + 1] == '$' ? 2 : 1;
        var start = at + signs;
        if (start >= end || (signs == 1 && char.IsWhiteSpace(source[start]))) return 0;
        var next = source.AsSpan(start, end - start).IndexOf('$');
        if (next <= 0) return 0;

        // As every reader of maths in Markdown has it, so that "$5 or $6" is two prices.
        var close = start + next;
        if (signs == 1) return char.IsWhiteSpace(source[close - 1]) || (close + 1 < end && (char.IsAsciiDigit(source[close + 1]) || source[close + 1] == '$')) ? 0 : close + 1;
        return close + 1 < end && source[close + 1] == '$' ? close + 2 : 0;
    }

    private int Escaped(int at)
    {
        if (at + 1 >= end || source[at + 1] is not ('(' or '[')) return 0;
        var isBracket = source[at + 1] == '[';
        if (isBracket ? _noBracket : _noParenthesis) return 0;
        var next = source.AsSpan(at + 2, end - at - 2).IndexOf(isBracket ? "\\]" : "\\)");
        if (next >= 0) return at + 2 + next + 2;
        if (isBracket) _noBracket = true;
        else _noParenthesis = true;
        return 0;
    }

    // "x=`pwd`" is a program, and its signs are its own.
    private bool MayOpenCode(int at) => at == 0 || source[at - 1] is not ('=' or '\\' or '$') && !char.IsAsciiLetterOrDigit(source[at - 1]);

    private int Run(int at, int limit)
    {
        var run = source.AsSpan(at, limit - at).IndexOfAnyExcept('`');
        return run < 0 ? limit - at : run;
    }
}
