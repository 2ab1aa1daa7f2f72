using Dispatch.Contracts.Worker;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>A client that takes a notice only when told to, and counts them.</summary>
internal sealed class StuckClient : IWorkerHubClient
{
    private int _notices;

    public TaskCompletionSource Began { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Resynced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Notices => Volatile.Read(ref _notices);

    public Task AssignmentOffered(AssignmentOffered push) => Task.CompletedTask;

    public Task AssignmentRecalled(AssignmentRecalled push) => Task.CompletedTask;

    public Task AssignmentWithdrawn(AssignmentWithdrawn push) => Task.CompletedTask;

    public Task ActivityChanged(ActivityChanged push) => Task.CompletedTask;

    public Task ServerDraining(ServerDraining push) => Task.CompletedTask;

    public Task StandingChanged(StandingChanged push) => Task.CompletedTask;

    public Task ProjectChanged(ProjectChanged push) => Task.CompletedTask;

    public Task Notice(Notice push)
    {
        Interlocked.Increment(ref _notices);
        Began.TrySetResult();
        return Go.Task;
    }

    public Task Resync()
    {
        Resynced.TrySetResult();
        return Task.CompletedTask;
    }
}
