using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Running.Joining;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects.Hub;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.LoadTests.Subjects.Echo;

/// <summary>The floor, in a process of its own.</summary>
internal sealed class EchoSubject : ISubject
{
    private Uri _hub = new("http://127.0.0.1/");
    private ChildServer? _server;
    private HubConnection? _producer;

    public string Name => "echo";

    public IReadOnlyList<WatchedProcess> Processes => _server is null ? [] : [new WatchedProcess("echo", _server.Id)];

    public async Task StartAsync(Scenario scenario, Recording? recording, CancellationToken stop)
    {
        var address = $"http://127.0.0.1:{FreePort.Next()}";
        var idle = scenario.Arrival.Kind == "idle" ? "--idle" : "--busy";
        _server = await ChildServer.StartSelfAsync(EchoHost.Ready, "echo-host", address, idle, scenario.Work.Prefetch > 0 ? "--ahead" : "--one");
        _hub = new Uri($"{address}/hubs/worker");
    }

    public async Task<ISeat> SeatAsync(int index, CancellationToken stop) => await HubSeat.ConnectAsync(_hub, token: null, stop);

    public Task<SeatTicket?> TicketAsync(int index, CancellationToken stop) => Task.FromResult<SeatTicket?>(new SeatTicket(index, _hub, Token: null));

    public async Task AddTasksAsync(int count, CancellationToken stop)
    {
        if (_producer is null)
        {
            _producer = new HubConnectionBuilder().WithUrl(_hub).AddMessagePackProtocol().Build();
            await _producer.StartAsync(stop);
        }

        for (var i = 0; i < count; i++) await _producer.InvokeAsync<bool>("Put", Work.Stamp() + Work.Paragraph, stop);
    }

    public Task<long?> CommitsAsync() => Task.FromResult<long?>(null);

    public async ValueTask DisposeAsync()
    {
        if (_producer is not null) await _producer.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
    }
}
