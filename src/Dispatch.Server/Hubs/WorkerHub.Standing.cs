using Dispatch.Contracts.Worker;

namespace Dispatch.Server.Hubs;

/// <summary>What a worker asks about their own standing.</summary>
public sealed partial class WorkerHub
{
    /// <inheritdoc/>
    public Task<StandingView?> GetStanding(Guid projectId) => Ask(nameof(GetStanding), () => Worker.GetStanding(projectId));

    /// <inheritdoc/>
    public Task<EvidencePage> ListEvidence(Guid projectId, string? cursor) =>
        Guard(nameof(ListEvidence), CommandChecks.OfText(cursor, "cursor"), () => Worker.ListEvidence(projectId, cursor), page => page.Refusal, refusal => new EvidencePage { Refusal = refusal });

    /// <inheritdoc/>
    public Task<AnswerPage> ListAnswers(Guid? projectId, string? cursor) =>
        Guard(nameof(ListAnswers), unfit: null, () => Admitted(() => answers.ListAsync(WorkerId, projectId, cursor, Context.ConnectionAborted)), page => page.Refusal, refusal => new AnswerPage { Refusal = refusal });

    /// <inheritdoc/>
    public Task<AnswerResult> GetAnswer(Guid assignmentId) =>
        Guard(nameof(GetAnswer), unfit: null, () => Admitted(() => answers.FindAsync(WorkerId, assignmentId, Context.ConnectionAborted)), result => result.Refusal, refusal => new AnswerResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> Dispute(DisputeCommand command) =>
        Guard(nameof(Dispute), CommandChecks.Of(command), () => Worker.Dispute(command), result => result.Refusal, refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<IReadOnlyList<DisputeView>> ListDisputes(Guid projectId) => Ask(nameof(ListDisputes), () => Admitted(() => standings.DisputesAsync(WorkerId, projectId, Context.ConnectionAborted)));

    /// <inheritdoc/>
    public Task<BoardPages?> GetBoard(Guid projectId) => Ask(nameof(GetBoard), () => Admitted(() => standings.BoardAsync(WorkerId, projectId)));

    /// <inheritdoc/>
    public Task<CommandResult> SetBoardName(BoardNameCommand command) =>
        Guard(nameof(SetBoardName), CommandChecks.Of(command) ?? rates.TakeBoardName(WorkerId), () => Admitted(() => standings.SetBoardNameAsync(WorkerId, command with { Name = command.Name is { } name ? CommandChecks.BoardName(name) : null }, Context.ConnectionAborted)), result => result.Refusal, refusal => new CommandResult { Refusal = refusal });
}
