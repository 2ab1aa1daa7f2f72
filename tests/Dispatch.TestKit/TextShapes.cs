using System.Text;

namespace Dispatch.TestKit;

/// <summary>Texts as models write them, as attackers write them, and as neither does: for tests of whatever shows a text. The same seed gives the same texts.</summary>
public sealed class TextShapes(int seed)
{
    private const int RepetitionsMax = 400;

    private static readonly string[] Words =
        ["the", "x", "answer", "42", "a_{i}", "snake_case", "__init__", "C#", "f(x)", "naïve", "中文", "数学", "שלום", "مرحبا", "\U0001F600", "e\u0301", "α*β", "<b>", "&amp;", "&#42;", "don't", "\u202Eabc\u202C", "\u200B"];

    private static readonly string[] Signs =
        ["*", "**", "***", "_", "__", "~~", "`", "``", "```", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\", "\\\\", "\\,", "\\begin{x}", "\\end{x}", "[", "]", "](", "![", "(", ")", "<", ">", "|", ":", "\"", "'", "#", "-", "+", "=",
            "https://a.example/b?c=d", "http://", "[a](https://a.example \"t\")", "![a](https://a.example/b.png)", "[a](javascript:alert(1))", "<a@b.example>", "[x]", "[ ]", "[^1]", "{", "}", ";", "!", "\t", "  "];

    private static readonly string[] LineStarts =
        ["", "", "", "# ", "## ", "###### ", "> ", "> > ", ">", ">>> ", "- ", "* ", "+ ", "  - ", "    - ", "      * ", "1. ", "7) ", "  1. ", "- [ ] ", "- [x] ", "| ", "|---|:-:|", "---|---", "---", "***", "===", "```", "```python", "~~~", "    ", "\t", "$$", "\\[", "\\]", "[^1]: ", "[ref]: https://a.example", "  "];

    private readonly Random _random = new(seed);

    /// <summary>A text: mostly a mixture of all markup, now and then one part over and over.</summary>
    public string Next()
    {
        var text = new StringBuilder();
        switch (_random.Next(10))
        {
            case 0:
                text.Insert(0, Part(), 1 + _random.Next(RepetitionsMax));
                break;
            case 1:
                text.Insert(0, Part() + Part() + (_random.Next(2) == 0 ? "\n" : ""), 1 + _random.Next(RepetitionsMax));
                break;
            case 2:
                for (var i = _random.Next(60); i > 0; i--) text.Append(Part());
                break;
            default:
                for (var lines = 1 + _random.Next(12); lines > 0; lines--) Line(text);
                break;
        }

        return text.ToString();
    }

    private void Line(StringBuilder text)
    {
        text.Append(' ', _random.Next(3) == 0 ? _random.Next(5) : 0).Append(Pick(LineStarts));
        for (var parts = _random.Next(10); parts > 0; parts--) text.Append(_random.Next(3) == 0 ? Pick(Signs) : Pick(Words)).Append(_random.Next(2) == 0 ? " " : "");
        text.Append(_random.Next(8) == 0 ? "\r\n" : _random.Next(5) == 0 ? "\n\n" : "\n");
    }

    private string Part() => Pick(_random.Next(3) switch { 0 => Words, 1 => Signs, _ => LineStarts });

    private string Pick(string[] of) => of[_random.Next(of.Length)];
}
