namespace Dispatch.Contracts.Worker;

/// <summary>What a worker's client may call on <c>/hubs/worker</c>. The worker is who the token says; no argument names one.</summary>
public interface IWorkerHub
{
    /// <summary>Joins the worker's sessions and returns the present state from the truth. Call it after every (re)connect, and after a gap in the stream.</summary>
    /// <param name="lastSeen">Where this client last stood in the stream; null at first.</param>
    Task<WorkerSnapshot> Connect(StreamPosition? lastSeen);

    /// <summary>Declares what the worker is doing. Going available is matched at once.</summary>
    /// <param name="command">The command.</param>
    Task<CommandResult> SetActivity(SetActivityCommand command);

    /// <summary>Says that an assignment is on the screen: handling time starts. Repeating it changes nothing.</summary>
    /// <param name="assignmentId">The assignment.</param>
    Task Shown(Guid assignmentId);

    /// <summary>Answers an assignment; the result carries the next task.</summary>
    /// <param name="command">The command.</param>
    Task<SubmitResult> Submit(SubmitCommand command);

    /// <summary>Accepts an offer: the work is shown and held from now on.</summary>
    /// <param name="command">The command.</param>
    Task<AcceptResult> Accept(AcceptCommand command);

    /// <summary>Declines an offer.</summary>
    /// <param name="command">The command.</param>
    Task<CommandResult> Decline(DeclineCommand command);

    /// <summary>A recalled assignment was not shown and will not be.</summary>
    /// <param name="assignmentId">The assignment.</param>
    Task NotShown(Guid assignmentId);

    /// <summary>Why nothing comes: the same rules that match, in words.</summary>
    Task<IdleExplanation> WhyNothing();

    /// <summary>The worker's own time, derived from what was committed.</summary>
    /// <param name="from">Begins.</param>
    /// <param name="to">Ends; at most <see cref="Limits.LedgerDays"/> days later.</param>
    Task<LedgerView> GetLedger(DateTimeOffset from, DateTimeOffset to);

    /// <summary>Gives an assignment back. It never comes back to this worker.</summary>
    /// <param name="command">The command.</param>
    Task<CommandResult> Return(ReturnCommand command);

    /// <summary>Keeps unfinished work on the server.</summary>
    /// <param name="command">The command.</param>
    Task<CommandResult> SaveDraft(SaveDraftCommand command);

    /// <summary>Renews the leases of everything held.</summary>
    Task<HeartbeatResult> Heartbeat();

    /// <summary>Form, settings and instructions of a project the worker is enrolled in; null when not enrolled.</summary>
    /// <param name="projectId">The project.</param>
    Task<WorkerProject?> GetProject(Guid projectId);

    /// <summary>The caller's standing in a project, with every gate explained; null when not enrolled.</summary>
    /// <param name="projectId">The project.</param>
    Task<StandingView?> GetStanding(Guid projectId);

    /// <summary>The evaluations that the caller's standing is made of, newest first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Next of the page before; null for the first.</param>
    Task<EvidencePage> ListEvidence(Guid projectId, string? cursor);

    /// <summary>The caller's past answers with their tasks, newest first.</summary>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="cursor">Next of the page before; null for the first.</param>
    Task<AnswerPage> ListAnswers(Guid? projectId, string? cursor);

    /// <summary>One past answer of the caller; refused as <c>unknown_assignment</c> when it is none of the caller's.</summary>
    /// <param name="assignmentId">Its assignment.</param>
    Task<AnswerResult> GetAnswer(Guid assignmentId);

    /// <summary>Disputes an evaluation: somebody else looks at it.</summary>
    /// <param name="command">The command.</param>
    Task<CommandResult> Dispute(DisputeCommand command);

    /// <summary>The caller's disputes in a project, oldest first; the first <see cref="Limits.PageRows"/>.</summary>
    /// <param name="projectId">The project.</param>
    Task<IReadOnlyList<DisputeView>> ListDisputes(Guid projectId);

    /// <summary>The first of the leaderboard, and the caller with the five before and behind.</summary>
    /// <param name="projectId">The project; one that the caller is enrolled in.</param>
    /// <returns>Null when the caller is not enrolled.</returns>
    Task<BoardPages?> GetBoard(Guid projectId);

    /// <summary>Chooses the name on the leaderboard, or not to be seen there.</summary>
    /// <param name="command">The command.</param>
    Task<CommandResult> SetBoardName(BoardNameCommand command);
}

/// <summary>What the server may call on a worker's client.</summary>
public interface IWorkerHubClient
{
    /// <summary>A task has come. Never sent to the connection whose submit returned it.</summary>
    /// <param name="push">The push.</param>
    Task AssignmentOffered(AssignmentOffered push);

    /// <summary>A reserved task is wanted elsewhere.</summary>
    /// <param name="push">The push.</param>
    Task AssignmentRecalled(AssignmentRecalled push);

    /// <summary>A task is gone.</summary>
    /// <param name="push">The push.</param>
    Task AssignmentWithdrawn(AssignmentWithdrawn push);

    /// <summary>The activity changed.</summary>
    /// <param name="push">The push.</param>
    Task ActivityChanged(ActivityChanged push);

    /// <summary>A standing changed, and why.</summary>
    /// <param name="push">The push.</param>
    Task StandingChanged(StandingChanged push);

    /// <summary>A project changed: its instructions, name or form.</summary>
    /// <param name="push">The push.</param>
    Task ProjectChanged(ProjectChanged push);

    /// <summary>A message that changes nothing.</summary>
    /// <param name="push">The push.</param>
    Task Notice(Notice push);

    /// <summary>This server is about to stop: connect anew after a random wait.</summary>
    /// <param name="push">The push.</param>
    Task ServerDraining(ServerDraining push);

    /// <summary>The person was deactivated, or lost the role for this hub: calls are refused from now on, and the server closes the connection a second later. Do not connect again.</summary>
    /// <param name="refusal">Why, and what to do.</param>
    Task AccessEnded(Refusal refusal) => Task.CompletedTask;

    /// <summary>Pushes to this connection were dropped: call <c>Connect</c> for a snapshot.</summary>
    Task Resync();
}
