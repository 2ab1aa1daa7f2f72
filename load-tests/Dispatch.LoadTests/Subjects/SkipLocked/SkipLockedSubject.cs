using System.Globalization;
using System.Text;
using System.Text.Json;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Subjects.SkipLocked;

/// <summary>The alternative, with long polls or with a poll a second.</summary>
internal sealed class SkipLockedSubject(bool longPoll) : ISubject
{
    private const int SlotsWhenIdle = 1;
    private PrivatePostgreSql? _postgres;
    private ChildServer? _server;
    private HttpClient? _http;
    private int _nextTask;

    public string Name => longPoll ? "skip-locked" : "skip-locked-poll";

    public IReadOnlyList<WatchedProcess> Processes => _server is null ? [] : [new WatchedProcess(Name, _server.Id), _postgres!.Process];

    public async Task StartAsync(Scenario scenario, Recording? recording, CancellationToken stop)
    {
        _postgres = await PrivatePostgreSql.StartAsync();
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        _server = await ChildServer.StartSelfAsync(SkipLockedHost.Ready, "skip-locked-host", address.ToString(), _postgres.ConnectionString);
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10), UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };
        await AddAsync(scenario.Work.Tasks, scenario.Work.Overlap, Work.Shown(), stop);
    }

    public Task<ISeat> SeatAsync(int index, CancellationToken stop) => Task.FromResult<ISeat>(new Seat(_http!, index, longPoll));

    public async Task AddTasksAsync(int count, CancellationToken stop)
    {
        for (var i = 0; i < count; i++) await AddAsync(1, SlotsWhenIdle, Work.Shown(Work.Stamp() + Work.Paragraph), stop);
    }

    public Task<long?> CommitsAsync() => _postgres!.CommitsAsync();

    public Task<long?> WalBytesAsync() => _postgres!.WalBytesAsync();

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        if (_postgres is not null) await _postgres.DisposeAsync();
    }

    private async Task AddAsync(int count, int slots, string content, CancellationToken stop)
    {
        if (count == 0) return;
        var first = Interlocked.Add(ref _nextTask, count) - count;
        using var body = new StringContent(content);
        using var response = await _http!.PostAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"/jobs?first={first}&count={count}&slots={slots}"), UriKind.Relative), body, stop);
        response.EnsureSuccessStatusCode();
    }

    private sealed class Seat(HttpClient http, int index, bool longPoll) : ISeat
    {
        private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);
        private long _job;
        private bool _polled;

        public event Action<long?>? Arrived;

        public bool HasTask => _job != 0;

        public string? Content { get; private set; }

        public async Task ReadyAsync(CancellationToken stop)
        {
            // Pollers do not all ask in the same moment.
            if (!longPoll && _job == 0 && !_polled) await Task.Delay(PollEvery * (index % 1_000 / 1_000.0), stop);
            while (_job == 0)
            {
                _polled = true;
                if (await CallAsync("", longPoll, stop)) Arrived?.Invoke(Work.StampOf(Content));
                else if (!longPoll) await Task.Delay(PollEvery, stop);
            }
        }

        public Task<bool> AnswerAsync(Judgment judgment, CancellationToken stop) => CallAsync(judgment.ToJson(), wait: false, stop);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async Task<bool> CallAsync(string answer, bool wait, CancellationToken stop)
        {
            using var body = new StringContent(answer, Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"/cycle?worker={index}&job={_job}&wait={(wait ? 1 : 0)}"), UriKind.Relative), body, stop);
            response.EnsureSuccessStatusCode();
            var bytes = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
            if (bytes.Length == 0)
            {
                (_job, Content) = (0, null);
                return false;
            }

            using var reply = JsonDocument.Parse(bytes);
            _job = reply.RootElement.GetProperty("job").GetInt64();
            Content = reply.RootElement.GetProperty("content").GetRawText();
            return true;
        }
    }
}
