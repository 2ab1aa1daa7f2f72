using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>The worker's own standing, the evidence behind it, disputes, and the board.</summary>
public sealed partial class WorkerConnection
{
    /// <summary>A standing changed, and why.</summary>
    public event Action<StandingChanged>? StandingChanged;

    /// <summary>The standing in a project, with every gate explained; null when not enrolled.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<StandingView?> GetStandingAsync(Guid projectId, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<StandingView?>(nameof(IWorkerHub.GetStanding), projectId, cancellation);

    /// <summary>The evaluations a standing is made of, newest first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Next of the page before; null for the first.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<EvidencePage> ListEvidenceAsync(Guid projectId, string? cursor = null, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<EvidencePage>(nameof(IWorkerHub.ListEvidence), projectId, cursor, cancellation);

    /// <summary>Past answers of the worker with their tasks, newest first; a page may be short, or empty, and still have a next one.</summary>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="cursor">Next of the page before; null for the first.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<AnswerPage> ListAnswersAsync(Guid? projectId = null, string? cursor = null, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<AnswerPage>(nameof(IWorkerHub.ListAnswers), projectId, cursor, cancellation);

    /// <summary>One past answer of the worker.</summary>
    /// <param name="assignmentId">Its assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<AnswerResult> GetAnswerAsync(Guid assignmentId, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<AnswerResult>(nameof(IWorkerHub.GetAnswer), assignmentId, cancellation);

    /// <summary>Disputes an evaluation, repeated under one operation id until the outcome is definite.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="assignmentId">The assignment judged.</param>
    /// <param name="source">The evaluation.</param>
    /// <param name="reason">Why it is wrong.</param>
    /// <param name="cancellation">Gives up; the outcome is then unknown.</param>
    public Task<CommandResult> DisputeAsync(Guid projectId, Guid assignmentId, string source, string reason, CancellationToken cancellation = default) =>
        RepeatAsync<CommandResult>(
            nameof(IWorkerHub.Dispute),
            new DisputeCommand { OperationId = ClientIds.New(), ProjectId = projectId, AssignmentId = assignmentId, Source = source, Reason = reason },
            result => result.Refusal,
            cancellation);

    /// <summary>The disputes of the worker in a project, oldest first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<DisputeView>> ListDisputesAsync(Guid projectId, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<IReadOnlyList<DisputeView>>(nameof(IWorkerHub.ListDisputes), projectId, cancellation);

    /// <summary>The first of the board with the five before and behind the worker; null when the board cannot be read.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BoardPages?> GetBoardAsync(Guid projectId, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<BoardPages?>(nameof(IWorkerHub.GetBoard), projectId, cancellation);

    /// <summary>Chooses the name on the public board, or not to be seen there; the rank is the same either way.</summary>
    /// <param name="name">The name; null for a number.</param>
    /// <param name="onBoard">Whether others see the worker there.</param>
    /// <param name="cancellation">Gives up; the outcome is then unknown.</param>
    public Task<CommandResult> SetBoardNameAsync(string? name, bool onBoard, CancellationToken cancellation = default) =>
        RepeatAsync<CommandResult>(
            nameof(IWorkerHub.SetBoardName),
            new BoardNameCommand { OperationId = ClientIds.New(), Name = name, OnBoard = onBoard },
            result => result.Refusal,
            cancellation);
}
