using System.Security.Cryptography;
using System.Text;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>Server processes on one PostgreSQL of their own, behind a balancer. Each can be killed, paused, stopped and started.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private const string Owner = "dispatch";
    private readonly ServerProcess?[] _servers;
    private readonly Uri[] _addresses;
    private readonly Dictionary<string, string?> _environment;
    private readonly HttpClient _http;

    private TestCluster(PostgreSqlServer postgreSql, string connectionString, int servers, int silos, IReadOnlyDictionary<string, string?>? settings)
    {
        (PostgreSql, ConnectionString, Silos) = (postgreSql, connectionString, silos);
        _servers = new ServerProcess?[servers];
        _addresses = [.. Enumerable.Range(0, servers).Select(_ => new Uri($"http://127.0.0.1:{FreePort.Next()}"))];
        _environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
            ["Dispatch__Store"] = "postgresql",
            ["Dispatch__PostgreSql"] = connectionString,
            ["Dispatch__DrainTimeout"] = "00:00:04",
            ["Dispatch__Auth__SigningKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) _environment[key] = value;
        Balancer = new Balancer([.. _addresses.Skip(silos)]);
        _http = new HttpClient { BaseAddress = Balancer.Address };
        Api = new DispatchApi(_http);
    }

    public PostgreSqlServer PostgreSql { get; }

    public string ConnectionString { get; }

    public Balancer Balancer { get; }

    public DispatchApi Api { get; }

    public int Count => _servers.Length;

    /// <summary>The first so many hold grains and no connections, and the rest connections and no grains; 0 when all do both.</summary>
    public int Silos { get; }

    public Guid Project { get; private set; }

    public Guid Batch { get; private set; }

    /// <summary>The golden batch, when there is one.</summary>
    public Guid Golden { get; private set; }

    public static async Task<TestCluster> StartAsync(int servers, IReadOnlyDictionary<string, string?>? settings = null, int silos = 0, long? databaseDisk = null)
    {
        var postgreSql = await PostgreSqlServer.StartPrivateAsync(databaseDisk);
        var cluster = new TestCluster(postgreSql, await OwnedByAnOrdinaryRoleAsync(postgreSql), servers, silos, settings);
        try
        {
            // The first migrates; the others find it done.
            await cluster.StartServerAsync(0);
            await Task.WhenAll(Enumerable.Range(1, servers - 1).Select(server => cluster.StartServerAsync(server)));
            cluster.Api.Token = (await Eventually.GetAsync(
                async () => await cluster.Api.GetDevTokenAsync(new DevTokenRequest { Name = "boss", Roles = [Roles.Admin] }), Patience, "the balancer finds a ready server")).Token;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// A database whose owner is no superuser, as in production: for a superuser PostgreSQL keeps connections free, so that running out of them would never reach the servers.
    /// </summary>
    private static async Task<string> OwnedByAnOrdinaryRoleAsync(PostgreSqlServer postgreSql)
    {
        var settings = new NpgsqlConnectionStringBuilder(await postgreSql.CreateDatabaseAsync());
        await postgreSql.ExecuteAsync($"CREATE ROLE {Owner} LOGIN; ALTER DATABASE {settings.Database} OWNER TO {Owner}");
        settings.Username = Owner;
        return settings.ConnectionString;
    }

    public Uri AddressOf(int server) => _addresses[server];

    public ServerProcess Server(int server) => _servers[server] ?? throw new InvalidOperationException($"Server {server} is not running.");

    /// <summary>What it last wrote; of a server that ended by itself too, when it matters most.</summary>
    public IEnumerable<string> LastLinesOf(int server) => _servers[server]?.LastLines ?? [];

    public bool IsRunning(int server) => _servers[server] is { HasExited: false };

    /// <summary>Whether one tells a balancer to send people there.</summary>
    public Task<bool> IsReadyAsync(int server) => IsReadyAsync(_addresses[server]);

    /// <inheritdoc cref="IsReadyAsync(int)"/>
    public static async Task<bool> IsReadyAsync(Uri server)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        return (await http.GetAsync(new Uri(server, "/health/ready"))).IsSuccessStatusCode;
    }

    /// <summary>Starts one, with settings of its own beside those of all.</summary>
    public async Task StartServerAsync(int server, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var environment = new Dictionary<string, string?>(_environment) { ["Dispatch__Role"] = Silos == 0 ? null : server < Silos ? "silo" : "gateway" };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) environment[key] = value;
        _servers[server] = ServerProcess.Start(environment, "--urls", _addresses[server].ToString());
        await Server(server).WaitForLineAsync("Application started", Patience);
    }

    /// <summary>Waits until the balancer sends people there: no deployment takes the next server away before.</summary>
    public Task SentToAsync(int server) => Eventually.TrueAsync(() => Task.FromResult(Balancer.Sends(server - Silos)), Patience, $"the balancer sends people to server {server}");

    public async Task KillServerAsync(int server)
    {
        await Server(server).KillAsync();
        await ForgetAsync(server);
    }

    public async Task KillAllAsync()
    {
        for (var server = 0; server < Count; server++) await KillServerAsync(server);
    }

    /// <summary>Starts all of them at once.</summary>
    public Task StartAllAsync() => Task.WhenAll(Enumerable.Range(0, Count).Select(server => StartServerAsync(server)));

    /// <summary>Starts those that are not running, as a service manager would: a fault may leave a server ended.</summary>
    public Task StartMissingAsync() => Task.WhenAll(Enumerable.Range(0, Count).Where(server => !IsRunning(server)).Select(server => StartServerAsync(server)));

    /// <summary>Has one start again as a service manager does, whether it still runs or has ended by itself.</summary>
    public async Task RestartServerAsync(int server, IReadOnlyDictionary<string, string?>? settings = null)
    {
        await KillServerAsync(server);
        await StartServerAsync(server, settings);
    }

    public async Task StopServerAsync(int server)
    {
        await Server(server).TerminateAsync(TimeSpan.FromSeconds(90));
        await ForgetAsync(server);
    }

    /// <summary>Two responses to a prompt.</summary>
    public static FormSpec PlainForm { get; } = new() { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["a","b"]}""") };

    /// <summary>A file of tasks for <see cref="PlainForm"/>, one a prompt.</summary>
    public static MemoryStream Lines(IEnumerable<string> prompts) =>
        new(Encoding.UTF8.GetBytes(string.Concat(prompts.Select((prompt, i) => $$"""{"id":"{{i + 1}}","p":"{{prompt}}","a":"x","b":"y"}""" + "\n"))));

    /// <summary>A project with one open batch.</summary>
    public async Task SeedAsync(int tasks, int overlap)
    {
        Project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = $"shift {Guid.NewGuid():N}",
            Form = PlainForm,
        });
        Batch = await Api.CreateBatchAsync(Project, new CreateBatchRequest { Name = "batch", Overlap = overlap });
        await Api.ImportAsync(Batch, Lines(Enumerable.Repeat("p", tasks)));
        await Api.ChangeBatchAsync(Batch, "open");
    }

    /// <summary>
    /// Beside the open batch a golden one whose gate asks for evidence, accuracy and rank, so that all it looks at must be right for anybody to get in. Every fifth ordinary task has a
    /// known answer, mixed in often.
    /// </summary>
    public async Task SeedGoldenAsync(int tasks, int overlap)
    {
        Project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = $"golden shift {Guid.NewGuid():N}",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["a","b"],"known":"gold"}""") },
            Quality = new QualityPolicy { Gold = new GoldPolicy { RateMin = 0.5, RateBase = 0.5, RateMax = 0.5, ExposuresMax = 100_000 } },
        });
        Batch = await Api.CreateBatchAsync(Project, new CreateBatchRequest { Name = "batch", Overlap = overlap, Gold = new GoldSpec { Use = GoldUse.All } });
        Golden = await Api.CreateBatchAsync(Project, new CreateBatchRequest { Name = "golden", Overlap = overlap, Tier = BatchTier.Golden });
        await Api.ImportAsync(Batch, GoldenLines(i => i % 5 == 0 ? ",\"gold\":\"a\"" : ""));
        await Api.ImportAsync(Golden, GoldenLines(_ => ""));
        await Api.SetGateAsync(Golden, new GatePolicy
        {
            Evidence = new EvidenceClause { Enter = 3 },
            Accuracy = new AccuracyClause { Threshold = 0.7, Probability = 0.7 },
            Rank = new RankClause { Top = 20 },
            DwellAnswers = 0,
            ShareGuard = null,
        });
        await Api.ChangeBatchAsync(Batch, "open");
        await Api.ChangeBatchAsync(Golden, "open");

        MemoryStream GoldenLines(Func<int, string> more) => new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, tasks).Select(i => $$"""{"id":"{{i}}","p":"p","a":"right","b":"wrong"{{more(i)}}}""" + "\n"))));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var server in _servers)
        {
            if (server is not null) await server.DisposeAsync();
        }

        await Balancer.DisposeAsync();
        await PostgreSql.DisposeAsync();
    }

    /// <summary>A statement past the servers, for what no API does.</summary>
    public async Task<object?> ScalarAsync(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return await command.ExecuteScalarAsync();
    }

    private async Task ForgetAsync(int server)
    {
        await Server(server).DisposeAsync();
        _servers[server] = null;
    }
}
