using System.Threading.Channels;
using Dispatch.Client;
using Dispatch.Cluster.Tests.History;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>Somebody who speaks to the hub without the SDK, which repeats what was refused for the moment and tells nobody.</summary>
public sealed class BarePerson : IAsyncDisposable
{
    private const string Busy = "busy:";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private readonly HubConnection _hub;
    private readonly Journal _journal;
    private readonly Channel<AssignmentMessage> _tasks = Channel.CreateUnbounded<AssignmentMessage>();
    private readonly HashSet<Guid> _known = [];

    private BarePerson(HubConnection hub, Guid workerId, Journal journal)
    {
        (_hub, WorkerId, _journal) = (hub, workerId, journal);
        _hub.On<AssignmentOffered>(nameof(IWorkerHubClient.AssignmentOffered), push => Hold(push.Assignment));
    }

    public Guid WorkerId { get; }

    public static async Task<BarePerson> ConnectAsync(SideWork work, DevTokenDto token, CancellationToken stop)
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(work.Shift.Cluster.Balancer.Address, "/hubs/worker"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(token.Token))
            .AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions))
            .Build();
        var person = new BarePerson(hub, token.WorkerId, work.Shift.Journal);
        await hub.StartAsync(stop);
        while (!await person.TryConnectAsync(stop)) await Pause.ForAsync(Patience, stop);
        var available = new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available };
        while ((await hub.InvokeAsync<CommandResult>(nameof(IWorkerHub.SetActivity), available, stop)).Refusal is { } refusal) await Pause.ForAsync(PauseOf(refusal), stop);
        return person;
    }

    public ValueTask<AssignmentMessage> NextAsync(CancellationToken stop) => _tasks.Reader.ReadAsync(stop);

    /// <summary>Submits until it is taken.</summary>
    /// <returns>The refusals before that.</returns>
    public async Task<IReadOnlyList<Refusal>> SubmitAsync(AssignmentMessage task, CancellationToken stop)
    {
        var entry = _journal.Invoke(Guid.NewGuid(), WorkerId, task.AssignmentId);
        var command = new SubmitCommand { OperationId = entry.OperationId, AssignmentId = task.AssignmentId, LeaseEpoch = task.LeaseEpoch, Answer = new JsonText("""{"choice":"1"}""") };
        List<Refusal> refusals = [];
        while (true)
        {
            var result = await _hub.InvokeAsync<SubmitResult>(nameof(IWorkerHub.Submit), command, stop);
            if (result.Refusal is not { } refusal)
            {
                if (result.Next is { } next) Hold(next);
                _journal.End(entry, Outcome.Ok);
                return refusals;
            }

            refusals.Add(refusal);
            await Pause.ForAsync(PauseOf(refusal), stop);
        }
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    /// <summary>One that holds work has it from the snapshot; a push may bring the same.</summary>
    private async Task<bool> TryConnectAsync(CancellationToken stop)
    {
        try
        {
            foreach (var task in (await _hub.InvokeAsync<WorkerSnapshot>(nameof(IWorkerHub.Connect), null, stop)).Assignments) Hold(task);
            return true;
        }
        catch (HubException failure) when (failure.Message.Contains(Busy, StringComparison.Ordinal))
        {
            return false;
        }
    }

    private void Hold(AssignmentMessage task)
    {
        lock (_known)
        {
            if (_known.Add(task.AssignmentId)) _tasks.Writer.TryWrite(task);
        }
    }

    private static TimeSpan PauseOf(Refusal refusal) => TimeSpan.FromMilliseconds(refusal.RetryAfterMs ?? Patience.TotalMilliseconds);
}
