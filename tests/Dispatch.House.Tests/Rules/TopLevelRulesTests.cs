namespace Dispatch.House.Tests.Rules;

public sealed class TopLevelRulesTests(SourceTree tree) : IClassFixture<SourceTree>
{
    [Fact]
    public void Tree_TopLevelHoldsNoStrangers() => TopLevelRules.Strangers(tree.Paths).ShouldBeEmpty();

    [Fact]
    public void Tree_EveryTopLevelFolderIsExplained() =>
        TopLevelRules.Unexplained([.. tree.Files.Where(file => file.Text.Trim().Length > 0).Select(file => file.Path)]).ShouldBeEmpty();

    [Fact]
    public void Strangers_Bites()
    {
        TopLevelRules.Strangers(
            ["src/A.cs", "Dispatch.sln", "README.md", "LICENSE", "Directory.Build.props", "Directory.Build.targets", "global.json", "nuget.config", ".ci/run", ".gitignore"])
            .ShouldBeEmpty();
        TopLevelRules.Strangers(["notes.txt", "docs/a.md", "docs/b.md", "Other.sln", "Directory.txt"])
            .ShouldBe(["notes.txt", "docs", "Other.sln", "Directory.txt"]);
    }

    [Fact]
    public void Unexplained_Bites() =>
        TopLevelRules.Unexplained(["README.md", "src/README.md", "tests/README.md", "deploy/compose.yaml", "load-tests/x/README.md"])
            .ShouldBe(["load-tests/README.md", "deploy/README.md"]);
}
