using System.Collections.Concurrent;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dispatch.LoadTests.Subjects.Echo;

/// <summary>The floor: the same messages with the same bytes as a cycle of Dispatch, over the same protocol, and nothing behind them.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822", Justification = "SignalR calls instance methods.")]
internal sealed class EchoHub : Microsoft.AspNetCore.SignalR.Hub
{
    private static readonly ConcurrentQueue<string> Idle = new();

    // Sizes like those of the scenario's tasks; made once, so the echo pays for sending it, not for making it.
    private static readonly AssignmentMessage Task = Assignment(Work.Shown());
    private static readonly AssignmentMessage Ahead = Task with { AssignmentId = new Guid("00000000-0000-0000-0000-000000000002"), State = AssignmentState.Reserved };
    private static readonly SubmitResult Reply = new() { Next = Task, HandlingMs = 1, Position = Position };
    private static readonly SubmitResult ReplyAhead = Reply with { Reserved = Ahead };

    /// <summary>Whether workers start without a task, and a task is sent ahead: as the scenario has it.</summary>
    public static bool StartsIdle { get; set; }

    public static bool SendsAhead { get; set; }

    private static StreamPosition Position => new() { Incarnation = Guid.Empty, N = 0 };

    public WorkerSnapshot Connect(StreamPosition? lastSeen)
    {
        _ = lastSeen;
        return new WorkerSnapshot
        {
            WorkerId = Guid.Empty,
            DisplayName = "echo",
            Activity = StartsIdle ? Activity.Offline : Activity.Available,
            Position = Position,
            Assignments = StartsIdle ? [] : SendsAhead ? [Task, Ahead] : [Task],
            Projects = [],
            ServerTime = default,
        };
    }

    public CommandResult SetActivity(SetActivityCommand command)
    {
        _ = command;
        if (StartsIdle) Idle.Enqueue(Context.ConnectionId);
        return CommandResult.Done;
    }

    public SubmitResult Submit(SubmitCommand command)
    {
        if (!StartsIdle) return SendsAhead ? ReplyAhead : Reply;
        Idle.Enqueue(Context.ConnectionId);
        return new SubmitResult { HandlingMs = 1, Position = Position };
    }

    public void Shown(Guid assignmentId) => _ = assignmentId;

    /// <summary>A producer's call: a task goes to the connection that has waited longest.</summary>
    public async Task<bool> Put(string prompt)
    {
        if (!Idle.TryDequeue(out var connection)) return false;
        await Clients.Client(connection).SendAsync(nameof(IWorkerHubClient.AssignmentOffered), new AssignmentOffered { Position = Position, Assignment = Assignment(Work.Shown(prompt)) });
        return true;
    }

    private static AssignmentMessage Assignment(string content) => new()
    {
        AssignmentId = new Guid("00000000-0000-0000-0000-000000000001"),
        ProjectId = Guid.Empty,
        ProjectVersion = 1,
        BatchId = Guid.Empty,
        Tier = BatchTier.Standard,
        Content = new JsonText(content),
        State = AssignmentState.Accepted,
        LeaseEpoch = 1,
        OfferedAt = default,
        LeaseUntil = default,
    };
}

/// <summary>The process that serves the echo.</summary>
internal static class EchoHost
{
    public const string Ready = "echo is ready";

    public static async Task<int> RunAsync(string url, bool idle, bool ahead)
    {
        (EchoHub.StartsIdle, EchoHub.SendsAhead) = (idle, ahead);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSignalR(options => options.MaximumParallelInvocationsPerClient = 4).AddMessagePackProtocol();
        await using var app = builder.Build();
        app.MapHub<EchoHub>("/hubs/worker");
        await app.StartAsync();
        Console.WriteLine(Ready);
        await System.Threading.Tasks.Task.Delay(Timeout.Infinite);
        return 0;
    }
}
