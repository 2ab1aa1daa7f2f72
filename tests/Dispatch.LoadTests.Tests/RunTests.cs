using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;
using Dispatch.TestKit;

namespace Dispatch.LoadTests.Tests;

/// <summary>Short runs of the tool, in this process, against a demo server.</summary>
public sealed class RunTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dispatch-load-tests-");
    private readonly Uri _address = new($"http://127.0.0.1:{FreePort.Next()}");
    private readonly Listener _listener = new();
    private ServerProcess? _server;
    private HttpClient? _http;
    private DispatchApi? _api;

    public async Task InitializeAsync()
    {
        _server = ServerProcess.Start(new Dictionary<string, string?>(), "demo", "--data", _folder.FullName, "--urls", _address.ToString());
        _http = new HttpClient { BaseAddress = _address };
        _api = new DispatchApi(_http);
        await Eventually.TrueAsync(async () => (await _http.GetAsync(new Uri("health/ready", UriKind.Relative))).IsSuccessStatusCode, Patience, "the demo is ready");
        _api.Token = (await _api.GetDevTokenAsync(new DevTokenRequest { Name = "looker-on", Roles = [Roles.Admin, Roles.Supervisor, Roles.Producer] })).Token;
    }

    public void Dispose() => _http?.Dispose();

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Day_of_a_few_seconds_has_answers_and_leaves_nothing_open()
    {
        var scenario = ScenarioFile.Read("day-in-the-life").Lasting(6);
        (scenario.Workers, scenario.Work.Tasks) = (20, 3_000);
        var report = await new Runner(scenario, new Target(_address), _listener).RunAsync(CancellationToken.None);
        var measured = report.Measurements.ShouldHaveSingleItem();
        measured.Silent.ShouldBeNull();
        measured.Subject.ShouldBe($"server at {_address.Authority}");
        measured.CpuMsPerCycle.ShouldBeNull();
        measured.Experience!.Answers.ShouldBeGreaterThan(0);
        measured.Experience.FirstTask.ShouldNotBeNull();
        measured.Server!.NotRead.ShouldBeEmpty();
        measured.Server.People.ShouldBeGreaterThan(0);
        measured.Server.GoldAnswers.ShouldBeGreaterThan(0);
        Outcome.Judge(report, [Requirement.Parse("answers>0")], _listener.Said.Add).ShouldBe(0);

        _listener.Said.ShouldContain(line => line.StartsWith("Cleaned up: 3 batches canceled, 20 people", StringComparison.Ordinal) && !line.Contains("Not put away", StringComparison.Ordinal));
        var made = (await _api!.ListProjectsAsync()).Items.Single(project => project.Name.StartsWith("load ", StringComparison.Ordinal));
        (await _api.ListBatchesAsync(made.ProjectId)).Items.ShouldAllBe(batch => batch.Status == BatchStatus.Canceled);
        (await _api.ListPresenceAsync(made.ProjectId)).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Stopped_run_cleans_up_too_and_a_kept_one_does_not()
    {
        var scenario = ScenarioFile.Read("open-loop");
        scenario = scenario with { WarmUp = 0, Seconds = 60, Workers = 3, Work = scenario.Work with { Tasks = 100 }, Subjects = ["sqlite"] };
        using var stop = new CancellationTokenSource();
        _listener.OnSecond = stop.Cancel;
        await Should.ThrowAsync<OperationCanceledException>(() => new Runner(scenario, new Target(_address), _listener).RunAsync(stop.Token));
        _listener.OnSecond = () => { };
        _listener.Said.ShouldContain(line => line.StartsWith("Cleaned up: 1 batches canceled, 3 people", StringComparison.Ordinal));

        _listener.Said.Clear();
        await new Runner(scenario with { Seconds = 1 }, new Target(_address, Keep: true), _listener).RunAsync(CancellationToken.None);
        _listener.Said.ShouldNotContain(line => line.StartsWith("Cleaned up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Own_project_is_pressed_with_answers_that_fit_its_form_and_stays_open()
    {
        var project = await _api!.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "mine",
            Form = new FormSpec { Type = "rating", Settings = new JsonText("""{"dimensions":[{"name":"clear","min":1,"max":3}],"reason":"required"}"""), Binding = new JsonText("""{"id":"id","prompt":"prompt"}""") },
        });
        var batch = await _api.CreateBatchAsync(project, new CreateBatchRequest { Name = "mine", Overlap = 2 });
        var scenario = ScenarioFile.Read("closed-loop") with { WarmUp = 0, Rounds = 1, Seconds = 2, Workers = 2, Subjects = ["sqlite"] };
        var refused = await Should.ThrowAsync<ArgumentException>(() => new Runner(scenario, new Target(_address, Project: project), _listener).RunAsync(CancellationToken.None));
        refused.Message.ShouldContain("has no open batch");

        using var lines = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $$"""{"id":"{{i}}","prompt":"Rate this."}""" + "\n"))));
        await _api.ImportAsync(batch, lines);
        await _api.ChangeBatchAsync(batch, "open");
        var report = await new Runner(scenario, new Target(_address, Project: project), _listener).RunAsync(CancellationToken.None);
        report.Measurements.Single().Experience!.Answers.ShouldBeGreaterThan(0);
        report.Measurements.Single().Experience!.Refused.ShouldBeEmpty();
        (await _api.GetBatchAsync(batch)).Answers.ShouldBeGreaterThan(0);
        (await _api.GetBatchAsync(batch)).Status.ShouldNotBe(BatchStatus.Canceled);
    }

    private sealed class Listener : IProgressLine
    {
        public List<string> Said { get; } = [];

        public Action OnSecond { get; set; } = () => { };

        public void Say(string what) => Said.Add(what);

        public void Show(string subject, int round, Second second) => OnSecond();

        public void Measured(Measurement measurement)
        {
        }
    }
}
