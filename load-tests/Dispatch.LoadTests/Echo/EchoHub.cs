using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dispatch.LoadTests.Echo;

/// <summary>The floor: the same messages with the same bytes as a cycle of Dispatch, over the same protocol, and nothing behind them.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Performance", "CA1822", Justification = "SignalR calls instance methods.")]
public sealed class EchoHub : Hub
{
    // Sizes like those of the scenario's tasks; one instance, so the echo pays for sending it, not for making it.
    private static readonly SubmitResult Reply = new()
    {
        Next = new AssignmentMessage
        {
            AssignmentId = Guid.Empty,
            ProjectId = Guid.Empty,
            ProjectVersion = 1,
            BatchId = Guid.Empty,
            Tier = BatchTier.Standard,
            Content = new JsonText(Work.ShownContent),
            State = AssignmentState.Accepted,
            LeaseEpoch = 1,
            OfferedAt = default,
            LeaseUntil = default,
        },
        HandlingMs = 1,
        Position = new StreamPosition { Incarnation = Guid.Empty, N = 0 },
    };

    public SubmitResult Submit(SubmitCommand command) => command.LeaseEpoch > 0 ? Reply : throw new HubException();

    public void Shown(Guid assignmentId) => _ = assignmentId;
}

/// <summary>The process that serves the echo.</summary>
internal static class EchoHost
{
    public static async Task<int> RunAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSignalR(options => options.MaximumParallelInvocationsPerClient = 4).AddMessagePackProtocol();
        await using var app = builder.Build();
        app.MapHub<EchoHub>("/hubs/echo");
        await app.StartAsync();
        Console.WriteLine("echo is ready");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
