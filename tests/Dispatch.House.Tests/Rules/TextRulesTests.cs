namespace Dispatch.House.Tests.Rules;

public sealed class TextRulesTests(SourceTree tree) : IClassFixture<SourceTree>
{
    // Put together here, so that this file does not break the rules it tests.
    private const string BannedId = "RS" + "0030";
    private const string Disable = "#pragma warning" + " disable";
    private static readonly string Root = "/" + "root";

    [Fact]
    public void Tree_IsFound()
    {
        tree.Paths.ShouldContain("Dispatch.sln");
        tree.Paths.ShouldContain("tests/Dispatch.House.Tests/Rules/TextRules.cs");
        tree.Files.Count.ShouldBeGreaterThan(100);
    }

    [Fact]
    public void Tree_NoFileIsTooLong() => Clean(file => TextRules.TooLong(file, TextRules.LongFiles));

    [Fact]
    public void Tree_NothingInSrcIsUnfinished() => Clean(TextRules.Unfinished);

    [Fact]
    public void Tree_NoFileNamesAFolderOfOneMachine() => Clean(TextRules.MachinePaths);

    [Fact]
    public void Tree_NoTabs() => Clean(TextRules.Tabs);

    [Fact]
    public void Tree_LineEndingsAreLf() => Clean(TextRules.LineEndings);

    [Fact]
    public void Tree_BannedCallsAreSuppressedInCompositionRootsOnly() => Clean(TextRules.Suppressions);

    [Fact]
    public void Tree_LongFilesAreStillLong() =>
        TextRules.LongFiles.Keys
            .Where(path => tree.Files.FirstOrDefault(file => file.Path == path) is not { } file
                || !TextRules.TooLong(file, new Dictionary<string, int>()).Any())
            .ShouldBeEmpty("These have become short, or are gone: take them off the list.");

    [Theory]
    [InlineData("src/A.cs", 400, false)]
    [InlineData("src/A.cs", 401, true)]
    [InlineData("tests/A.razor", 401, true)]
    [InlineData("src/long.sql", 401, false)]
    [InlineData("src/Old.cs", 410, false)]
    [InlineData("src/Old.cs", 411, true)]
    public void TooLong_Bites(string path, int lines, bool bites)
    {
        var file = new SourceFile(path, string.Concat(Enumerable.Repeat("// a line\n", lines)));

        TextRules.TooLong(file, new Dictionary<string, int> { ["src/Old.cs"] = 410 }).Any().ShouldBe(bites);
    }

    [Theory]
    [InlineData("src/A.cs", "// TODO: later", true)]
    [InlineData("src/A.sql", "-- FIXME", true)]
    [InlineData("src/A.cs", "throw new NotImplementedException();", true)]
    [InlineData("src/A.cs", "var mastodon = METODO;", false)]
    [InlineData("tests/A.cs", "// TODO: later", false)]
    public void Unfinished_Bites(string path, string line, bool bites) =>
        TextRules.Unfinished(new SourceFile(path, "\n" + line)).Any().ShouldBe(bites);

    [Fact]
    public void MachinePaths_Bites()
    {
        foreach (var folder in new[] { "root", "work", "home", "tmp", "Users" })
        {
            Bites("var path = \"/" + folder + "/somebody\";").ShouldBeTrue(folder);
            Bites("see /" + folder + "/.config").ShouldBeTrue(folder);
            Bites("https://example.test/" + folder + "/page").ShouldBeFalse(folder);
            Bites("./" + folder + "/page ../" + folder + "/page").ShouldBeFalse(folder);
            Bites("$HERE/" + folder + "/page ${HERE}/" + folder + "/page").ShouldBeFalse(folder);
            Bites("rm -rf /" + folder).ShouldBeFalse(folder);
        }

        Bites(Root + "/x").ShouldBeTrue();

        static bool Bites(string line) => TextRules.MachinePaths(new SourceFile("README.md", line)).Any();
    }

    [Fact]
    public void Tabs_Bites()
    {
        TextRules.Tabs(new SourceFile("src/A.cs", "\n\tint a;")).ShouldBe(["src/A.cs:2: int a;"]);
        TextRules.Tabs(new SourceFile("Dispatch.sln", "\tGlobal")).ShouldBeEmpty();
    }

    [Fact]
    public void LineEndings_Bites()
    {
        TextRules.LineEndings(new SourceFile("a.md", "one\r\ntwo\n")).ShouldNotBeEmpty();
        TextRules.LineEndings(new SourceFile("a.md", "one\ntwo\n")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("src/A.cs", $"    {Disable} {BannedId}", true)]
    [InlineData("src/A.cs", $"{Disable} CA1000, {BannedId} // because", true)]
    [InlineData("src/A.cs", Disable, true)]
    [InlineData("src/A.cs", $"{Disable} // everything", true)]
    [InlineData("src/A.cs", $"{Disable} CA1000", false)]
    [InlineData("tests/A.cs", $"{Disable} {BannedId}", true)]
    [InlineData("src/A.cs", $"[SuppressMessage" + "(\"ApiDesign\", \"" + BannedId + "\")]", true)]
    [InlineData("src/A/A.csproj", $"<NoWarn>$(NoWarn);{BannedId}</NoWarn>", true)]
    [InlineData("src/A/A.csproj", $"<PackageReference Include=\"A\" NoWarn=\"CA1\" />", false)]
    [InlineData("src/A/A.csproj", "<RunAnalyzers>false</RunAnalyzers>", true)]
    [InlineData("src/.editorconfig", $"dotnet_diagnostic.{BannedId}.severity = none", true)]
    [InlineData(".editorconfig", $"dotnet_diagnostic.{BannedId}.severity = error", false)]
    [InlineData("src/.editorconfig", "generated_code = true", true)]
    [InlineData("src/Dispatch.Server/Composition/SystemSources.cs", $"{Disable} {BannedId}", false)]
    [InlineData("src/Dispatch.Server/Composition/Other.cs", $"{Disable} {BannedId}", true)]
    public void Suppressions_Bites(string path, string line, bool bites) =>
        TextRules.Suppressions(new SourceFile(path, "\n" + line + "\n")).Any().ShouldBe(bites);

    private void Clean(Func<SourceFile, IEnumerable<string>> rule) => tree.Files.SelectMany(rule).ShouldBeEmpty();
}
