using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Dispatch.Web.Text;

namespace Dispatch.Web.Tests;

/// <summary>Bad input B-11: whatever a producer writes, the page made of it holds nothing that runs or fetches. Judged by what a browser's parser makes of it, not by its letters.</summary>
public sealed class SafeMarkdownTests
{
    private static readonly HashSet<string> Elements =
        ["P", "BR", "A", "EM", "STRONG", "CODE", "PRE", "UL", "OL", "LI", "BLOCKQUOTE", "H1", "H2", "H3", "H4", "H5", "H6", "HR", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "DEL", "DIV", "SPAN"];

    private static readonly Dictionary<string, string[]> Attributes = new()
    {
        ["A"] = ["href", "rel", "target"],
        ["SPAN"] = ["role", "aria-label"],
    };

    public static TheoryData<string> Hostile =>
    [
        "<script>alert(1)</script>",
        "text <script src=//evil.example/x.js></script> text",
        "<SCRIPT>alert(1)</SCRIPT >",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "<img/src='x'/onerror='alert(1)'>",
        "<IMG SRC=\"jav&#x09;ascript:alert(1);\">",
        "![x](javascript:alert(1))",
        "![x](https://evil.example/pixel.png \"t\" onerror=\"alert(1))",
        "![x](https://evil.example/pixel.png)",
        "![x][ref]\n\n[ref]: https://evil.example/pixel.png",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](  javascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](java&#10;script:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1))",
        "[x](\u0001javascript:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
        "[x](vbscript:msgbox(1))",
        "[x](file:///etc/passwd)",
        "[x](blob:https://a.example/1)",
        "[x](//evil.example)",
        "[x](/api/v1/dev/token)",
        "[x][ref]\n\n[ref]: javascript:alert(1)",
        "[x]\n\n[x]: data:text/html,x \"title\"",
        "<javascript:alert(1)>",
        "<data:text/html,x>",
        "<http://a.example/\"onmouseover=\"alert(1)>",
        "<a@b.example\"onmouseover=\"alert(1)>",
        "[x](http://a.example/\" onmouseover=\"alert(1))",
        "[x](http://a.example \"t\\\" onmouseover=\\\"alert(1)\")",
        "[x](<http://a.example/ onclick=alert(1)>)",
        "[<img src=x onerror=alert(1)>](http://a.example)",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<svg onload=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
        "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
        "<!-- <img src=x onerror=alert(1)> -->",
        "<!--><script>alert(1)</script>-->",
        "<!DOCTYPE html><html><body onload=alert(1)>",
        "<?xml version=\"1.0\"?><script>alert(1)</script>",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<style>@import 'https://evil.example/x.css';</style>",
        "<p style=\"background:url(javascript:alert(1))\">x</p>",
        "<link rel=stylesheet href=//evil.example/x.css>",
        "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
        "<base href=//evil.example/>",
        "<iframe src=javascript:alert(1)></iframe>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
        "<form action=javascript:alert(1)><button>x</button></form>",
        "<input autofocus onfocus=alert(1)>",
        "<details open ontoggle=alert(1)>x</details>",
        "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
        "<template><script>alert(1)</script></template>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&#60;script&#62;alert(1)&#60;/script&#62;",
        "&amp;lt;img src=x onerror=alert(1)&amp;gt;",
        "`</code><script>alert(1)</script>`",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "```\"><script>alert(1)</script>\nx\n```",
        "```html onload=alert(1)\nx\n```",
        "    </pre><script>alert(1)</script>",
        "# <img src=x onerror=alert(1)>",
        "> <iframe src=//evil.example>",
        "| a | <script>alert(1)</script> |\n|---|:-:|\n| [x](javascript:alert(1)) | <img src=x onerror=alert(1)> |",
        "{onclick=alert(1)} text {.x #y onmouseover=alert(1)}",
        "</div></div><script>alert(1)</script>",
        "</textarea></title></style></script><script>alert(1)</script>",
        "\u0000<script>alert(1)</script>",
        "<\u0000script>alert(1)</script>",
        "\uFF1Cscript\uFF1Ealert(1)\uFF1C/script\uFF1E",
        "@(Html.Raw(\"<script>alert(1)</script>\"))",
        "{{constructor.constructor('alert(1)')()}}",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostileText_BecomesNothingThatRunsOrFetches(string text)
    {
        var html = SafeMarkdown.Render(text).Value;
        var body = new HtmlParser(new HtmlParserOptions { IsScripting = true }).ParseDocument($"<body><div id=\"here\">{html}</div><p id=\"after\"></p></body>").Body!;

        // What stands around it still stands: nothing closed a tag of the page, and nothing swallowed what follows.
        body.Children.Select(child => child.Id).ShouldBe(["here", "after"], html);
        body.Descendants<IComment>().ShouldBeEmpty(html);
        foreach (var element in body.Children[0].QuerySelectorAll("*"))
        {
            Elements.ShouldContain(element.TagName, html);
            foreach (var attribute in element.Attributes)
            {
                Attributes.GetValueOrDefault(element.TagName, []).Concat(["class", "dir"]).ShouldContain(attribute.Name, html);
                if (attribute.Name == "href") ShouldLeadOutside(attribute.Value);
                if (attribute.Name == "dir") attribute.Value.ShouldBeOneOf("auto", "ltr");
                if (attribute.Name == "class") attribute.Value.ShouldStartWith("md-");
            }
        }
    }

    private static void ShouldLeadOutside(string link)
    {
        Uri.TryCreate(link, UriKind.Absolute, out var uri).ShouldBeTrue(link);
        uri!.Scheme.ShouldBeOneOf("http", "https", "mailto");
    }

    [Theory]
    [InlineData("[docs](https://a.example/b?c=d&e=f)", "https://a.example/b?c=d&e=f")]
    [InlineData("<https://a.example/x>", "https://a.example/x")]
    [InlineData("<ann@b.example>", "mailto:ann@b.example")]
    [InlineData("![picture](https://a.example/p.png)", "https://a.example/p.png")]
    public void HonestLink_StaysALink(string text, string address)
    {
        var link = new HtmlParser().ParseDocument(SafeMarkdown.Render(text).Value).QuerySelector("a").ShouldNotBeNull();
        link.GetAttribute("href").ShouldBe(address);
    }

    /// <summary>A page opened from here gets no handle on this one, and is not told where it was opened from.</summary>
    [Theory]
    [InlineData("[docs](https://a.example)")]
    [InlineData("<https://a.example>")]
    public void Link_OpensApart(string text)
    {
        var link = new HtmlParser().ParseDocument(SafeMarkdown.Render(text).Value).QuerySelector("a").ShouldNotBeNull();
        link.GetAttribute("rel").ShouldBe("noopener noreferrer nofollow");
        link.GetAttribute("target").ShouldBe("_blank");
    }

    [Fact]
    public void HonestText_KeepsItsShape()
    {
        var html = SafeMarkdown.Render("# Title\n\nOne *two* **three** `four`\nnext line\n\n| a | b |\n|---|---|\n| 1 < 2 | x |\n\n```\ncode <b>\n```").Value;
        foreach (var part in (string[])["Title</h1>", "<em>two</em>", "<strong>three</strong>", ">four</code>\nnext line", "1 &lt; 2</td>", "\ncode &lt;b&gt;\n"]) html.ShouldContain(part);
    }
}
