using Dispatch.Contracts.Worker;
using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <summary>The order of the workers of a project. Key: project id. Keeps nothing that one query cannot bring back; judges nobody: gates are judged by workers, held against its cut-offs.</summary>
[Alias("dispatch.ILeaderboardGrain")]
public interface ILeaderboardGrain : IGrainWithGuidKey
{
    /// <summary>Takes totals of one process's workers, and gives it the cut-offs: a few numbers, never the board.</summary>
    /// <param name="totals">Absolute totals; may be empty, doubled or late.</param>
    /// <param name="asks">Bars on rank that the gates of the project ask for.</param>
    /// <param name="known">The life of the board that the process knows. Another one reads the stored totals again: those that went to the former life may have come after it was filled.</param>
    [Alias("Exchange")]
    Task<BoardPublication> Exchange(IReadOnlyList<TotalsMessage> totals, IReadOnlyList<AskMessage> asks, long known);

    /// <summary>A worker's place; null when the worker is not on the board.</summary>
    /// <param name="workerId">The worker.</param>
    [Alias("PlaceOf")]
    Task<BoardPlaceView?> PlaceOf(Guid workerId);

    /// <summary>A worker and the nearest others, half of them above; empty when the worker is not on the board.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="count">Rows, the worker's own among them; at most 100.</param>
    [Alias("Around")]
    Task<BoardView> Around(Guid workerId, int count);

    /// <summary>Rows from a place on.</summary>
    /// <param name="rank">The first, from 1.</param>
    /// <param name="count">Rows; at most 100.</param>
    /// <param name="asker">Who asks; null for a supervisor, who sees everybody.</param>
    [Alias("From")]
    Task<BoardView> From(int rank, int count, Guid? asker);

    /// <summary>What a worker may see: the first of the board, and the neighbours; where the project hides gold, names in an order up to an hour old, and no figures.</summary>
    /// <param name="asker">The worker.</param>
    /// <param name="top">Rows of the first; at most 100.</param>
    /// <param name="around">Rows of the neighbours; at most 100.</param>
    [Alias("PagesFor")]
    Task<BoardPages> PagesFor(Guid asker, int top, int around);

    /// <summary>Workers whose rows changed since an epoch, with their places now; null when that is not remembered any more, or is more than 100: take rows anew.</summary>
    /// <param name="epoch">What the asker has.</param>
    /// <param name="asker">As for <see cref="From"/>.</param>
    [Alias("ChangesSince")]
    Task<BoardView?> ChangesSince(long epoch, Guid? asker);

    /// <summary>What a gate would do, from the live board. Takes and gives JSON of the API's records.</summary>
    /// <param name="request">A <see cref="Contracts.Api.GateTrialRequest"/> without faults.</param>
    /// <param name="batchId">The golden batch: its present gate is compared with.</param>
    [Alias("TryGate")]
    Task<string> TryGate(string request, Guid batchId);

    /// <summary>A hint that a worker chose another name, or whether to be shown.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="name">The name; null for a number.</param>
    /// <param name="onBoard">Shown to others.</param>
    [Alias("NameChanged"), OneWay]
    Task NameChanged(Guid workerId, string? name, bool onBoard);
}
