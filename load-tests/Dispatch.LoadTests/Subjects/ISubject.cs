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

    /// <summary>Made-up answers that fit its tasks, where they are not the tool's own; null for those.</summary>
    FormAnswers? Answers => null;

    /// <summary>What it says about work that is open, for a run without answers; null when it says nothing.</summary>
    Task<string?> OpenWorkAsync(CancellationToken stop) => Task.FromResult<string?>(null);

    /// <summary>What it knows about the people of the run; null where it has no API.</summary>
    Task<Reports.ServerSide?> ReadPeopleAsync(CancellationToken stop) => Task.FromResult<Reports.ServerSide?>(null);

    /// <summary>Puts away what the run made on a server that goes on running. To be called when everybody has left.</summary>
    /// <returns>What was put away and what stays; null when nothing was to be.</returns>
    Task<string?> CleanAsync() => Task.FromResult<string?>(null);

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

    /// <summary>A call was refused, with this code; a busy one is repeated all the same.</summary>
    event Action<string>? Refused
    {
        add { }
        remove { }
    }

    /// <summary>A task was taken off the screen; the state it ended in.</summary>
    event Action<string>? Withdrawn
    {
        add { }
        remove { }
    }

    /// <summary>The other side ended the connection.</summary>
    event Action? Lost
    {
        add { }
        remove { }
    }

    /// <summary>A task is in hand.</summary>
    bool HasTask { get; }

    /// <summary>What to show of the task in hand.</summary>
    string? Content { get; }

    /// <summary>Waits until a task is in hand, and says that it is on the screen.</summary>
    Task ReadyAsync(CancellationToken stop);

    /// <summary>Says that the worker goes home; what is in hand goes to somebody else.</summary>
    Task SignOffAsync() => Task.CompletedTask;

    /// <summary>Whether the last answer was taken.</summary>
    bool Taken => true;

    /// <summary>Answers the task in hand.</summary>
    /// <returns>True when the next one is in hand.</returns>
    Task<bool> AnswerAsync(Judgment judgment, CancellationToken stop);
}

/// <summary>The subject refused an answer for good.</summary>
internal sealed class RefusedAnswerException(string code, string message) : Exception($"{code}: {message}");
