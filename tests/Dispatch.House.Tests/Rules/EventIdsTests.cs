namespace Dispatch.House.Tests.Rules;

public sealed class EventIdsTests(SourceTree tree) : IClassFixture<SourceTree>
{
    [Fact]
    public void Tree_EveryEventIdIsGivenOnce() => EventIds.GivenTwice(tree.Files).ShouldBeEmpty();

    [Fact]
    public void GivenTwice_Bites()
    {
        const string Line = "[LoggerMessage(7001, LogLevel.Warning, \"x\")]";
        EventIds.GivenTwice([new SourceFile("src/A.cs", Line), new SourceFile("src/B.cs", Line)]).ShouldHaveSingleItem().ShouldContain("src/B.cs");
        EventIds.GivenTwice([new SourceFile("src/A.cs", Line), new SourceFile("tests/B.cs", Line)]).ShouldBeEmpty();
    }
}
