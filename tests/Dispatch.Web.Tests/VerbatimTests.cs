using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Dispatch.Web.Text;

namespace Dispatch.Web.Tests;

/// <summary>What is shown is what was written: no sign of code and maths is lost, and what is taken away is markup for certain.</summary>
public sealed class VerbatimTests
{
    private const string Code = "#include <stdio.h>\n# a comment\n~~~\ncode  with   blanks\n~~~";

    [Theory]
    [InlineData(@"Solve \(x_1 * x_2 * x_3\) with $\{1,2\}$ and $200,\!000$")]
    [InlineData(@"Row \\ next; $a_{i}*b$ and $c*d_{j}$")]
    [InlineData(@"$a_{i}*b$ and $c*d$")]
    [InlineData(@"\int_0^x e^{-t^2}\,dt and \[f'(0)=e^0=1\] and \(f'(0)\) and \begin{matrix}1&2\\3&4\end{matrix}")]
    [InlineData("\\[\nx\n+ y\n- z\n= 1 \\\\\n\\]")]
    [InlineData("$$\na\n* b\n# c\n$$")]
    [InlineData(@"a\*b\_c \# d \- e \[f\](g) \`h\` \<i\> \!\[")]
    [InlineData("__init__ and __main__.py, _private_name_ and snake_case_name")]
    [InlineData("a*b*c, 2 ** 3 ** 4, 2*3*4, 2 *3* 4, f(*args, **kwargs), int *p, *q; /*x*/ **/*.cs rm *.txt *.log")]
    [InlineData("α*β*γ and (*p)->x = (*q)->y")]
    [InlineData(">>> print(1)\n>>> x = 2\n...  y")]
    [InlineData("&amp; &lt; &#42; &copy; <b>not bold</b> <br> <!-- kept -->")]
    [InlineData("[ref]: https://a.example \"title\"\n[^1]: a note\n[x][ref] and [^1] and [0, 1) and a[i][j](k)")]
    [InlineData("3. three\n3. three again\n7) seven\n1. one")]
    [InlineData("Setext\n===\nno heading, and a line\\\nbroken")]
    [InlineData("x=`pwd`; y=`ls`\nfive \" quotes ''' and ``text''")]
    [InlineData("a | b\nc || d\nif (x > 1 | y < 2) { }")]
    [InlineData("    indented = *kept* # yes\n\ttab\n")]
    [InlineData("  two blanks,  two more,\tand a tab")]
    [InlineData("[x](javascript:alert(1)) ![y](not an address) [z]() ![]( ](")]
    [InlineData("$5*x and $6*y, 100% of C# and F# #tag")]
    [InlineData("a\n> b\na\n- b\n+ c\n# d\ne")]
    [InlineData("@@ -1,2 +1,2 @@\n-old line\n+new line")]
    [InlineData(Code)]
    public void TextWithoutMarkup_IsShownToTheLastSign(string text) => Squeezed(Shown(text)).ShouldBe(Squeezed(text));

    [Theory]
    [InlineData("**bold** and *italic* and ***both*** and ~~gone~~", "bold and italic and both and gone")]
    [InlineData("**bold *within* bold**, and **42**.", "bold within bold, and 42.")]
    [InlineData("中文**粗体**中文。", "中文粗体中文。")]
    [InlineData("`a*b` and ``c`d``", "a*b and c`d")]
    [InlineData("*see `x*` there*", "see x* there")]
    [InlineData("[docs](https://a.example/x \"title\")", "docs(https://a.example/x \"title\")")]
    [InlineData("**[docs](https://a.example/)**", "docs(https://a.example/)")]
    [InlineData("| a | b |\n|---|:-:|\n| `x|y` | $|z|$ |\n| 1 | 2 | 3 |", "a b x|y $|z|$ 1 2 3")]
    [InlineData("![a cat](https://a.example/cat.png)", "Image (not loaded): a cat (https://a.example/cat.png)")]
    [InlineData("- [ ] open\n- [x] done", "- ☐ open - ☑ done")]
    [InlineData("```python\nx = 1  # *one*\n```", "```python x = 1  # *one* ```")]
    public void Markup_LosesItsSignsOnly(string text, string shown) => Squeezed(Shown(text)).ShouldBe(Squeezed(shown));

    [Theory]
    [InlineData("# Title\n\ntext", "h1")]
    [InlineData("text\n### Step 2\ntext", "h3")]
    [InlineData("- a\n  - b\n    - c", "li.md-level-3")]
    [InlineData("1. a\n\n   more of it\n\n2. b", "p.md-level-1")]
    [InlineData("> a\n> > b", "blockquote.md-level-2")]
    [InlineData("> - a\n>   - b", "blockquote.md-level-1 li.md-level-2")]
    [InlineData("a\n\n---\n\nb", ".md-rule")]
    [InlineData("| a | b |\n|--:|---|\n| 1 | 2 |", "td.md-end")]
    [InlineData("~~~\ncode\n~~~", "pre > code")]
    [InlineData("text\n\n    code", "pre > code")]
    [InlineData("See https://a.example/b_(c)?d=e*f.", "a[href='https://a.example/b_(c)?d=e*f']")]
    [InlineData("(https://a.example/)", "a[href='https://a.example/']")]
    [InlineData("~~a~~", "del")]
    [InlineData(@"so \(a*b\) is", "span.md-maths")]
    [InlineData("مرحبا بالعالم", "p[dir=auto]")]
    public void Markup_HasItsElement(string text, string selector) => Page(text).QuerySelector(selector).ShouldNotBeNull(SafeMarkdown.Render(text).Value);

    [Theory]
    [InlineData("#include <stdio.h>\n# a comment\nint x;", "h1")]
    [InlineData("# a comment\nx = 1", "h1")]
    [InlineData("`[a](https://a.example)`", "a")]
    [InlineData("```\n- a\n# b\n| c | d |\n|---|---|\n```", "li, h1, table")]
    [InlineData("xhttps://a.example", "a")]
    [InlineData("**a\nb**", "strong")]
    public void WhatMayBeCode_HasNoElement(string text, string selector) => Page(text).QuerySelector(selector).ShouldBeNull(SafeMarkdown.Render(text).Value);

    [Fact]
    public void Fence_KeepsBlankLinesAndQuoteSigns() =>
        Page("```\na\n\n\n> b\n  c\n```\n\nafter").QuerySelector("pre")!.TextContent.ShouldBe("```\na\n\n\n> b\n  c\n```");

    [Fact]
    public void Plain_OfALongText_IsAllOfIt_InPieces()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i} <b> & *c*\n"));
        var page = Page(text);
        page.TextContent.ShouldBe(text);
        page.QuerySelectorAll(".md-piece").Length.ShouldBeGreaterThan(50);
    }

    internal static IElement Page(string text) => new HtmlParser().ParseDocument($"<body>{SafeMarkdown.Render(text).Value}</body>").Body!;

    private static string Shown(string text) => Page(text).TextContent;

    // Blanks between blocks and at the edges of cells are the page's; those within a line are the text's, and counted where they matter.
    private static string Squeezed(string text) => string.Join(' ', text.Split((char[])['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line.Split("")).Select(line => line.Trim())).Replace(" ", "", StringComparison.Ordinal);
}
