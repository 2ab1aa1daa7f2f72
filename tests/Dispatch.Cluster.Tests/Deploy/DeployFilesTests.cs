using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dispatch.TestKit;
using Npgsql;
using YamlDotNet.RepresentationModel;

namespace Dispatch.Cluster.Tests.Deploy;

/// <summary>What can be said of the files in deploy without the programs they are for: they parse, and what they name is there.</summary>
public sealed partial class DeployFilesTests
{
    public static TheoryData<string> Yaml => [.. Directory.EnumerateFiles(Repository.File("deploy"), "*.yaml", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Repository.File("deploy"), file)).Order()];

    public static TheoryData<string> Scripts => [.. Directory.EnumerateFiles(Repository.File("deploy"), "*.sh").Select(file => Path.GetFileName(file)!).Order()];

    [Theory]
    [MemberData(nameof(Yaml))]
    public void EveryYamlFile_Parses(string file) => Documents(file).ShouldNotBeEmpty();

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task EveryScript_Parses(string script)
    {
        await using var bash = ChildProcess.Start("bash", ["-n", Repository.File("deploy", script)]);
        (await bash.WaitForExitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0, bash.Output);
    }

    [Fact]
    public void EveryAlert_HasARunbookThatIsThere_AndEveryRunbookIsListed()
    {
        var alerts = Alerts().ToList();
        alerts.ShouldNotBeEmpty();
        var index = File.ReadAllText(Repository.File("deploy", "runbooks", "README.md"));
        foreach (var alert in alerts)
        {
            var runbook = (string)alert["annotations"]["runbook"]!;
            File.Exists(Repository.File("deploy", "runbooks", $"{runbook}.md")).ShouldBeTrue($"the runbook of {alert["alert"]}");
            index.ShouldContain($"({runbook}.md)");
            index.ShouldContain((string)alert["alert"]!);
        }
    }

    [Fact]
    public void EveryMetricThatIsShownOrWatched_IsMeasured()
    {
        var measured = Directory.EnumerateFiles(Repository.File("src"), "*Instruments.cs", SearchOption.AllDirectories)
            .SelectMany(file => CreatedInstrument().Matches(File.ReadAllText(file)).Select(Exposed)).SelectMany(names => names).ToHashSet();
        var named = Rules().Select(rule => (string)rule["expr"]!).Concat(DashboardQueries()).SelectMany(query => MetricName().Matches(query).Select(match => match.Value)).Distinct().ToList();
        named.ShouldNotBeEmpty();
        named.Where(name => !measured.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Kubernetes_WaitsLongerThanAServerTakesToStop_AndAsksPathsThatAreServed()
    {
        var pod = Documents("kubernetes/dispatch.yaml")[0]["spec"]["template"]["spec"];
        var container = pod["containers"][0];
        var options = File.ReadAllText(Repository.File("src", "Dispatch.Server", "Composition", "DispatchOptions.cs"));
        int.Parse((string)pod["terminationGracePeriodSeconds"]!, CultureInfo.InvariantCulture).ShouldBeGreaterThan(Seconds(options, "DrainTimeout") + Seconds(options, "ShutdownTimeout"));
        var health = File.ReadAllText(Repository.File("src", "Dispatch.Server", "Health", "HealthServices.cs"));
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"]) health.ShouldContain($"\"{container[probe]["httpGet"]["path"]}\"");
        ((string)container["livenessProbe"]["httpGet"]["path"]!).ShouldBe("/health/live", "a database that is away must not get servers killed");
    }

    [Fact]
    public void Settings_OfComposeAndKubernetes_AreSettingsOfTheServer()
    {
        var known = Directory.EnumerateFiles(Repository.File("src", "Dispatch.Server"), "*Options.cs", SearchOption.AllDirectories)
            .SelectMany(file => Setting().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).ToHashSet();
        foreach (var file in (string[])["compose.yaml", "kubernetes/dispatch.yaml"])
        {
            var used = UsedSetting().Matches(File.ReadAllText(Repository.File("deploy", file))).Select(match => match.Groups[1].Value).Distinct().ToList();
            used.ShouldNotBeEmpty();
            used.Where(name => !known.Contains(name)).ShouldBeEmpty(file);
        }
    }

    [Fact]
    public void Compose_HasThreeServersBehindTheBalancer()
    {
        var services = (YamlMappingNode)Documents("compose.yaml")[0]["services"];
        var balancer = File.ReadAllText(Repository.File("deploy", "balancer", "haproxy.cfg"));
        var servers = services.Children.Keys.Select(key => (string)key!).Where(name => name.StartsWith("server-", StringComparison.Ordinal)).ToList();
        servers.Count.ShouldBe(3);
        foreach (var server in servers)
        {
            var address = (string)services[server]["networks"]["inside"]["ipv4_address"]!;
            balancer.ShouldContain($"server {server} {address}:8080");
            ((string)services[server]["environment"]["Dispatch__Cluster__Address"]!).ShouldBe(address);
        }
    }

    [PromtoolFact]
    public async Task Alerts_SayWhatTheirTestsExpect_AlsoWhenEverythingIsGone()
    {
        Tools.Promtool.ShouldNotBeNull("promtool is absent: install the package prometheus");
        await using var promtool = ChildProcess.Start(Tools.Promtool, ["test", "rules", Repository.File("deploy", "prometheus", "alerts.test.yaml")]);
        (await promtool.WaitForExitAsync(TimeSpan.FromSeconds(60))).ShouldBe(0, promtool.Output);
    }

    [Fact]
    public void EveryImage_IsPinnedToAVersion()
    {
        var images = ((string[])["compose.yaml", "kubernetes/dispatch.yaml", "Containerfile"])
            .SelectMany(file => ImageName().Matches(File.ReadAllText(Repository.File("deploy", file))).Select(match => match.Groups[1].Value)).ToList();
        images.Count.ShouldBeGreaterThan(6);
        images.Where(image => !PinnedImage().IsMatch(image)).ShouldBeEmpty();
    }

    [Fact]
    public void Compose_HasNoDefaultPassword_AndServersAreNoSuperusers()
    {
        var compose = File.ReadAllText(Repository.File("deploy", "compose.yaml"));
        DefaultedSecret().IsMatch(compose).ShouldBeFalse("a secret has no default");
        var services = (YamlMappingNode)Documents("compose.yaml")[0]["services"];
        ((string)services["postgres"]["environment"]["POSTGRES_USER"]!).ShouldBe("postgres");
        ((string)services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"]!).ShouldStartWith("${GRAFANA_PASSWORD:?");
        var connection = ConnectionString().Match(compose).Groups[1].Value;
        connection.ShouldContain("Username=dispatch;");
        connection.ShouldNotContain("Password", customMessage: "a password in a connection string can hold options");
    }

    [PrivatePostgreSqlFact]
    public async Task RoleOfTheServers_IsMadeWithAnyPassword_AndIsNoSuperuser()
    {
        await using var server = await PostgreSqlServer.StartPrivateAsync();
        var postgres = new NpgsqlConnectionStringBuilder(server.MaintenanceConnectionString);
        const string Password = "it's;Host=evil\"$x";
        await using var script = ChildProcess.Start("sh", [Repository.File("deploy", "postgres", "create-role.sh")], new Dictionary<string, string?>
        {
            ["PGHOST"] = postgres.Host,
            ["PGPORT"] = $"{postgres.Port}",
            ["POSTGRES_USER"] = postgres.Username,
            ["DISPATCH_DB_PASSWORD"] = Password,
        });
        (await script.WaitForExitAsync(TimeSpan.FromSeconds(60))).ShouldBe(0, script.Output);
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.MaintenanceConnectionString) { Database = "dispatch", Username = "dispatch", Password = Password }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user", connection);
        (await command.ExecuteScalarAsync()).ShouldBe(false);
    }

    private static List<YamlNode> Documents(string file)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(Repository.File("deploy", file));
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static IEnumerable<YamlNode> Alerts() => Rules().Where(rule => ((YamlMappingNode)rule).Children.ContainsKey("alert"));

    private static IEnumerable<YamlNode> Rules() =>
        ((YamlSequenceNode)Documents("prometheus/alerts.yaml")[0]["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]);

    private static List<string> DashboardQueries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Repository.File("deploy", "grafana", "dispatch.json")));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)];
    }

    /// <summary>How a collector names an instrument for Prometheus: unit in words behind the name, annotations in braces left out.</summary>
    private static IEnumerable<string> Exposed(Match instrument)
    {
        var name = instrument.Groups["name"].Value.Replace('.', '_') + (instrument.Groups["unit"].Value == "s" ? "_seconds" : "");
        return instrument.Groups["kind"].Value switch
        {
            "Counter" => [name + "_total"],
            "Histogram" => [name + "_bucket", name + "_count", name + "_sum"],
            _ => [name],
        };
    }

    private static int Seconds(string options, string setting) =>
        int.Parse(Regex.Match(options, $@"{setting} \{{ get; set; \}} = TimeSpan\.FromSeconds\((\d+)\)").Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Create(?<kind>Counter|Histogram|UpDownCounter|ObservableGauge)(<\w+>)?\(""(?<name>[\w.]+)"",(?: \(\) => [^""]*,)? ""(?<unit>[^""]*)""")]
    private static partial Regex CreatedInstrument();

    [GeneratedRegex(@"(?:image: |FROM )(\S+)")]
    private static partial Regex ImageName();

    [GeneratedRegex(@":v?\d+\.\d+(\.\d+)?$|@sha256:[0-9a-f]{64}$")]
    private static partial Regex PinnedImage();

    [GeneratedRegex(@"\$\{\w+:?-")]
    private static partial Regex DefaultedSecret();

    [GeneratedRegex(@"Dispatch__PostgreSql: ""([^""]*)""")]
    private static partial Regex ConnectionString();

    [GeneratedRegex(@"dispatch_\w+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"public [\w?\[\]]+ (\w+) \{ get; set; \}")]
    private static partial Regex Setting();

    [GeneratedRegex(@"Dispatch__(?:\w+__)?([A-Za-z]+)\b")]
    private static partial Regex UsedSetting();
}
