using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Running.Joining;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Subjects;

/// <summary>Something that hands out work and takes answers: Dispatch, the floor below it, and what one would build instead.</summary>
internal interface ISubject : IAsyncDisposable
{
    /// <summary>Name in reports.</summary>
    string Name { get; }

    /// <summary>The processes it consists of, whose processor time and memory count as its own.</summary>
    IReadOnlyList<WatchedProcess> Processes { get; }

    /// <summary>Starts what must be started, and puts the scenario's work in, or the recorded tasks.</summary>
    Task StartAsync(Scenario scenario, Recording? recording, CancellationToken stop);

    /// <summary>Connects one worker, who is available from then on.</summary>
    /// <param name="index">Which.</param>
    /// <param name="stop">Gives up.</param>
    Task<ISeat> SeatAsync(int index, CancellationToken stop);

    /// <summary>What another generator process needs to take a worker's seat; null where a seat cannot be given away.</summary>
    Task<SeatTicket?> TicketAsync(int index, CancellationToken stop) => Task.FromResult<SeatTicket?>(null);

    /// <summary>Puts work in that carries the time it was put in, and lands on idle workers.</summary>
    Task AddTasksAsync(int count, CancellationToken stop);

    /// <summary>Transactions its database committed so far; null where there is none.</summary>
    Task<long?> CommitsAsync();

    /// <summary>Bytes its database wrote to its log so far; null where there is none, or it does not say.</summary>
    Task<long?> WalBytesAsync() => Task.FromResult<long?>(null);
}

/// <summary>One connected worker.</summary>
internal interface ISeat : IAsyncDisposable
{
    /// <summary>A task came without being asked for; when it was put in, if it says so.</summary>
    event Action<long?>? Arrived;

    /// <summary>A task is in hand.</summary>
    bool HasTask { get; }

    /// <summary>What to show of the task in hand.</summary>
    string? Content { get; }

    /// <summary>Waits until a task is in hand, and says that it is on the screen.</summary>
    Task ReadyAsync(CancellationToken stop);

    /// <summary>Answers the task in hand.</summary>
    /// <returns>True when the next one is in hand.</returns>
    Task<bool> AnswerAsync(Judgment judgment, CancellationToken stop);
}
