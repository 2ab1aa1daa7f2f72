using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>What a worker asks about their own standing.</summary>
public sealed partial class WorkerHub
{
    /// <inheritdoc/>
    public Task<StandingView?> GetStanding(Guid projectId) => Ask(nameof(GetStanding), () => Worker.GetStanding(projectId));

    /// <inheritdoc/>
    public Task<EvidencePage> ListEvidence(Guid projectId, string? cursor) => Ask(nameof(ListEvidence), () => Worker.ListEvidence(projectId, cursor));

    /// <inheritdoc/>
    public Task<CommandResult> Dispute(DisputeCommand command) =>
        Guard(nameof(Dispute), CommandChecks.Of(command), () => Worker.Dispute(command), refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<IReadOnlyList<DisputeView>> ListDisputes(Guid projectId) => Ask(nameof(ListDisputes), () => standings.DisputesAsync(WorkerId, projectId, Context.ConnectionAborted));

    /// <inheritdoc/>
    public Task<BoardPages?> GetBoard(Guid projectId) => Ask(nameof(GetBoard), () => standings.BoardAsync(WorkerId, projectId));

    /// <inheritdoc/>
    public Task<CommandResult> SetBoardName(BoardNameCommand command) =>
        Guard(nameof(SetBoardName), CommandChecks.Of(command), () => standings.SetBoardNameAsync(WorkerId, command, Context.ConnectionAborted), refusal => new CommandResult { Refusal = refusal });

    private async Task<T> Ask<T>(string method, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, method);
            throw Refused(RefusalCode.Busy, "The server cannot answer for the moment. Ask again shortly.");
        }
    }
}
