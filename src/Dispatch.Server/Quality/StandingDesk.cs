using System.Security.Cryptography;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Quality;

/// <summary>What workers see of the leaderboard and of their disputes.</summary>
public sealed class StandingDesk(IDispatchStore store, IGrainFactory grains)
{
    private const int TopRows = 50;
    private const int AroundRows = 11;

    /// <summary>The first of the board, and the worker's neighbours; null when not enrolled.</summary>
    /// <param name="workerId">Who asks.</param>
    /// <param name="projectId">The project.</param>
    public async Task<BoardPages?> BoardAsync(Guid workerId, Guid projectId)
    {
        // The grain knows the enrolments from memory; the store would be asked by every open page once a second.
        if (await grains.GetGrain<IWorkerGrain>(workerId).GetProject(projectId) is null) return null;
        return await grains.GetGrain<ILeaderboardGrain>(projectId).PagesFor(workerId, TopRows, AroundRows);
    }

    /// <summary>A worker's disputes.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<DisputeView>> DisputesAsync(Guid workerId, Guid projectId, CancellationToken cancellation) =>
        [.. (await store.ListDisputesAsync(projectId, workerId, openOnly: false, null, Limits.PageRows, cancellation)).Items.Select(View)];

    /// <summary>A dispute as its worker sees it.</summary>
    /// <param name="row">The row.</param>
    public static DisputeView View(DisputeRow row) => new()
    {
        DisputeId = row.DisputeId,
        AssignmentId = row.AssignmentId,
        Source = row.Source,
        Reason = row.Reason,
        State = row.State,
        Resolution = row.Resolution,
        CreatedAt = row.CreatedAt,
        DecidedAt = row.DecidedAt,
    };

    /// <summary>Chooses how the worker appears on the board.</summary>
    /// <param name="workerId">Who.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CommandResult> SetBoardNameAsync(Guid workerId, BoardNameCommand command, CancellationToken cancellation)
    {
        if (command.OperationId == Guid.Empty)
        {
            return new CommandResult { Refusal = new Refusal { Code = RefusalCode.OperationIdMissing, Message = "The command carries no operation id.", Remedy = "Send a fresh UUID as operationId, and repeat it only when you repeat the command.", Place = "$.operationId" } };
        }

        var operation = new Operation
        {
            ActorId = workerId,
            OperationId = command.OperationId,
            PayloadHash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(command, DispatchJson.Options)),
            Kind = "worker.board_name",
        };
        var outcome = await store.SetBoardNameAsync(workerId, command.Name, command.OnBoard, operation, cancellation);
        if (outcome.Status == ApplyStatus.PayloadConflict)
        {
            return new CommandResult { Refusal = new Refusal { Code = RefusalCode.OperationConflict, Message = "This operation id was used before with another payload.", Remedy = "Make a new operation id for every new command.", Place = "$.operationId" } };
        }

        if (await store.LoadWorkerAsync(workerId, cancellation) is { } state)
        {
            foreach (var project in state.Projects) _ = grains.GetGrain<ILeaderboardGrain>(project).NameChanged(workerId, command.Name, command.OnBoard);
        }

        return new CommandResult { Replayed = outcome.Status == ApplyStatus.Replayed };
    }
}
