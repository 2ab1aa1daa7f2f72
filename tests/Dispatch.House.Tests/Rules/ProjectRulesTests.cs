using Dispatch.TestKit;

namespace Dispatch.House.Tests.Rules;

public sealed class ProjectRulesTests(SourceTree tree) : IClassFixture<SourceTree>
{
    private IEnumerable<SourceFile> Projects => tree.Files.Where(ProjectRules.IsProject);

    [Fact]
    public void Tree_HasProjects() => Projects.Count().ShouldBeGreaterThan(15);

    [Fact]
    public void Tree_EveryProjectIsInTheSolution() =>
        ProjectRules.OutsideSolution(tree.Files.Single(file => file.Path == "Dispatch.sln"), Projects).ShouldBeEmpty();

    [Fact]
    public void Tree_NoProjectNamesAVersion() => Projects.SelectMany(ProjectRules.OwnVersions).ShouldBeEmpty();

    [Fact]
    public void Tree_EveryProjectKeepsToItsRoom() =>
        Projects.SelectMany(project => ProjectRules.OutsideRoom(project, Room.All)).ShouldBeEmpty();

    [Fact]
    public void Tree_EveryRoomIsInhabited() =>
        Room.All.Keys.Except(Projects.Where(project => project.IsUnder("src")).Select(ProjectRules.NameOf)).ShouldBeEmpty();

    [Fact]
    public void Tree_TestsAndLoadTestsStayOutside() => Projects.SelectMany(ProjectRules.OutsideFolder).ShouldBeEmpty();

    [Fact]
    public void Tree_NothingTakesTheBansAway() => tree.Files.SelectMany(ProjectRules.UnwiredBans).ShouldBeEmpty();

    [Theory]
    [InlineData("src/Dispatch.Engine/Dispatch.Engine.csproj", "src/BannedSymbols.txt")]
    [InlineData("tests/Dispatch.Engine.Tests/Dispatch.Engine.Tests.csproj", "tests/BannedSymbols.txt")]
    [InlineData("tests/Dispatch.TestKit/Dispatch.TestKit.csproj", "tests/BannedSymbols.txt")]
    public async Task Tree_CompilerIsGivenTheListOfBannedCalls(string project, string list)
    {
        var result = await Command.RunAsync(
            "dotnet",
            ["msbuild", project, "-nologo", "-nodeReuse:false", "-getItem:AdditionalFiles", "-getItem:PackageReference", "-getProperty:TreatWarningsAsErrors"],
            Repository.Root,
            TimeSpan.FromMinutes(2));

        result.ExitCode.ShouldBe(0, result.Output);
        result.Output.ShouldContain("\"FullPath\": \"" + Path.Combine(Repository.Root, list) + "\"");
        result.Output.ShouldContain("\"Microsoft.CodeAnalysis.BannedApiAnalyzers\"");
    }

    [Fact]
    public void OutsideSolution_Bites()
    {
        var solution = new SourceFile("Dispatch.sln", """Project("{1}") = "A", "src\A\A.csproj", "{2}" Project("{1}") = "B", "src\B\B.csproj", "{3}" """);

        ProjectRules.OutsideSolution(solution, [Project("src/A/A.csproj"), Project("src/B/B.csproj")]).ShouldBeEmpty();
        ProjectRules.OutsideSolution(solution, [Project("src/A/A.csproj"), Project("src/C/C.csproj")])
            .ShouldBe(["src/C/C.csproj is not in Dispatch.sln", "Dispatch.sln names src/B/B.csproj, which is not there"]);
    }

    [Theory]
    [InlineData("""<PackageReference Include="Npgsql" />""", false)]
    [InlineData("""<PackageReference Include="Npgsql" Version="10.0.3" />""", true)]
    [InlineData("""<PackageReference Include="Npgsql" VersionOverride="10.0.3" />""", true)]
    [InlineData("""<PackageReference Include="Npgsql"><Version>10.0.3</Version></PackageReference>""", true)]
    public void OwnVersions_Bites(string item, bool bites) => ProjectRules.OwnVersions(Project("src/A/A.csproj", item)).Any().ShouldBe(bites);

    [Theory]
    [InlineData("Dispatch.Contracts", "Microsoft.Orleans.Serialization", false)]
    [InlineData("Dispatch.Contracts", "Microsoft.Orleans.Server", true)]
    [InlineData("Dispatch.Engine", "MathNet.Numerics", false)]
    [InlineData("Dispatch.Engine", "Microsoft.Orleans.Sdk", true)]
    [InlineData("Dispatch.Engine", "Npgsql", true)]
    [InlineData("Dispatch.Engine", "Microsoft.Data.Sqlite", true)]
    [InlineData("Dispatch.Storage", "Npgsql", true)]
    [InlineData("Dispatch.Storage.Sqlite", "Npgsql", true)]
    [InlineData("Dispatch.Grains", "Microsoft.Orleans.Server", false)]
    [InlineData("Dispatch.Grains", "Microsoft.Orleans.Persistence.AdoNet", true)]
    [InlineData("Dispatch.Grains", "Microsoft.AspNetCore.SignalR.Client", true)]
    [InlineData("Dispatch.Push", "Microsoft.AspNetCore.SignalR.Protocols.MessagePack", false)]
    [InlineData("Dispatch.Push", "Microsoft.Orleans.Server", true)]
    [InlineData("Dispatch.Web", "Npgsql", true)]
    [InlineData("Dispatch.Server", "Npgsql", false)]
    [InlineData("Dispatch.Nowhere", "Npgsql", true)]
    public void OutsideRoom_BitesOnPackages(string name, string package, bool bites) =>
        Breaches(name, $"""<PackageReference Include="{package}" />""").Any().ShouldBe(bites);

    [Theory]
    [InlineData("all", false)]
    [InlineData("compile", true)]
    public void OutsideRoom_LetsAPackageBeKeptOut(string excluded, bool bites) =>
        Breaches("Dispatch.Web", $"""<PackageReference Include="Microsoft.CodeAnalysis.Common" ExcludeAssets="{excluded}" />""").Any().ShouldBe(bites);

    [Theory]
    [InlineData("Dispatch.Contracts", "Dispatch.Engine", true)]
    [InlineData("Dispatch.Engine", "Dispatch.Contracts", false)]
    [InlineData("Dispatch.Engine", "Dispatch.Storage", true)]
    [InlineData("Dispatch.Storage", "Dispatch.Engine", true)]
    [InlineData("Dispatch.Storage.PostgreSql", "Dispatch.Storage", false)]
    [InlineData("Dispatch.Storage.PostgreSql", "Dispatch.Storage.Sqlite", true)]
    [InlineData("Dispatch.Grains", "Dispatch.Push", true)]
    [InlineData("Dispatch.Grains", "Dispatch.Storage.PostgreSql", true)]
    [InlineData("Dispatch.Push", "Dispatch.Grains", true)]
    [InlineData("Dispatch.Client", "Dispatch.Engine", true)]
    [InlineData("Dispatch.Web", "Dispatch.Client", false)]
    [InlineData("Dispatch.Web", "Dispatch.Grains", true)]
    [InlineData("Dispatch.Server", "Dispatch.Grains", false)]
    public void OutsideRoom_BitesOnProjects(string name, string other, bool bites) =>
        Breaches(name, $"""<ProjectReference Include="..\{other}\{other}.csproj" />""").Any().ShouldBe(bites);

    [Fact]
    public void OutsideRoom_BitesOnFrameworks()
    {
        const string AspNetCore = """<FrameworkReference Include="Microsoft.AspNetCore.App" />""";

        Breaches("Dispatch.Grains", AspNetCore).ShouldBe(["Dispatch.Grains may not use the framework Microsoft.AspNetCore.App"]);
        Breaches("Dispatch.Push", AspNetCore).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("src/Dispatch.Server/A.csproj", "Dispatch.TestKit", true)]
    [InlineData("load-tests/A/A.csproj", "Dispatch.Client", false)]
    [InlineData("load-tests/A/A.csproj", "Dispatch.Grains", true)]
    [InlineData("load-tests/A/A.csproj", "Dispatch.Engine", true)]
    [InlineData("load-tests/A.Benchmarks/A.Benchmarks.csproj", "Dispatch.Engine", false)]
    [InlineData("load-tests/A.Benchmarks/A.Benchmarks.csproj", "Dispatch.Storage.Sqlite", false)]
    [InlineData("load-tests/AReport/AReport.csproj", "Dispatch.Engine", false)]
    [InlineData("load-tests/AReport/AReport.csproj", "Dispatch.Storage.Sqlite", true)]
    [InlineData("load-tests/AReport/AReport.csproj", "Dispatch.Grains", true)]
    [InlineData("load-tests/A.Benchmarks/A.Benchmarks.csproj", "Dispatch.Grains", true)]
    [InlineData("tests/A/A.csproj", "Dispatch.Grains", false)]
    [InlineData("tests/A/A.csproj", "Dispatch.Engine.Tests", true)]
    public void OutsideFolder_Bites(string path, string other, bool bites) =>
        ProjectRules.OutsideFolder(Project(path, $"""<ProjectReference Include="..\..\{other}\{other}.csproj" />""")).Any().ShouldBe(bites);

    [Theory]
    [InlineData("src/A/A.csproj", """<AdditionalFiles Include="a.txt" />""", false)]
    [InlineData("src/A/A.csproj", """<AdditionalFiles Remove="@(AdditionalFiles)" />""", true)]
    [InlineData("src/A/A.csproj", """<PackageReference Remove="Microsoft.CodeAnalysis.BannedApiAnalyzers" />""", true)]
    [InlineData("src/A/A.csproj", """<Analyzer Remove="@(Analyzer)" />""", true)]
    [InlineData("src/A/A.csproj", "<IsSourceProject>false</IsSourceProject>", true)]
    [InlineData("tests/A/A.csproj", "<IsTestProject>false</IsTestProject>", true)]
    [InlineData("tests/A/A.csproj", """<IsTestProject>false</IsTestProject><AdditionalFiles Include="..\BannedSymbols.txt" /><PackageReference Include="Microsoft.CodeAnalysis.BannedApiAnalyzers" />""", false)]
    [InlineData("src/Directory.Build.props", "", true)]
    [InlineData("Directory.Build.props", "<IsTestProject>true</IsTestProject>", false)]
    public void UnwiredBans_Bites(string path, string item, bool bites) => ProjectRules.UnwiredBans(Project(path, item)).Any().ShouldBe(bites);

    private static IEnumerable<string> Breaches(string name, string item) =>
        ProjectRules.OutsideRoom(Project($"src/{name}/{name}.csproj", item), Room.All);

    private static SourceFile Project(string path, string item = "") => new(path, $"<Project><ItemGroup>{item}</ItemGroup></Project>");
}
