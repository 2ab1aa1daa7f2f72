using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>The worker's own standing: folded from committed rows, kept up with, told.</summary>
internal sealed partial class WorkerActor
{
    private const int SaveEvery = 512;
    private const int EvidencePageSize = 50;

    /// <summary>What others learned is taken in together: a consensus of every task would otherwise cost a read each.</summary>
    private static readonly TimeSpan DrainEvery = TimeSpan.FromSeconds(1);

    /// <summary>Workers are due at one of so many moments, so that those of one moment share a transaction, and not all of a process are due at once.</summary>
    private const int DrainPhases = 8;

    private readonly Dictionary<Guid, StandingCause?> _news = [];
    private readonly Dictionary<Guid, StandingCause> _causes = [];
    private WorkerStandings _standings = null!;
    private IDisposable? _drainTimer;
    private int _unsaved;

    private async Task LoadStandingsAsync(WorkerState state, IReadOnlyDictionary<Guid, long> sequences, CancellationToken cancellation)
    {
        foreach (var project in sequences.Keys) await catalog.GetProjectAsync(project);
        Noticed(await _standings.CatchUpAsync(sequences, state.LastAnswerId, cancellation));

        // Also what is not new here: the process that should have said it may be gone. A board that knows it changes nothing.
        foreach (var standing in _standings.All.Where(standing => standing.Answers > 0)) boards.Report(standing.Figures(catalog.PriorOf(standing.ProjectId)), standing.Totals());
        MergeRestrictions(state.Restrictions);
        MergeMemberships(state.Memberships);
    }

    /// <summary>Rows were folded: their projects are judged and told at the next occasion.</summary>
    private void Noticed(IReadOnlyList<EvaluationRow> rows)
    {
        foreach (var row in rows) _news[row.ProjectId] = CauseOf(row.Kind, row.Sequence);
        _unsaved += rows.Count;
    }

    private StandingCause CauseOf(string kind, long sequence) => new()
    {
        Kind = kind switch
        {
            EvidenceKinds.Gold => StandingCauseKind.Gold,
            EvidenceKinds.Review => StandingCauseKind.Review,
            EvidenceKinds.Consensus => StandingCauseKind.Consensus,
            EvidenceKinds.Mask => StandingCauseKind.Correction,
            _ => StandingCauseKind.Answer,
        },
        Text = kind switch
        {
            EvidenceKinds.Gold => "An answer of yours was compared with a known one.",
            EvidenceKinds.Review => "A reviewer judged an answer of yours.",
            EvidenceKinds.Consensus => "Others answered a task that you had answered.",
            EvidenceKinds.Mask => "An earlier judgement of an answer of yours was taken back.",
            _ => "You gave an answer.",
        },
        At = _storeClock.Now,
        Sequence = sequence,
    };

    public Task EvidenceWaiting()
    {
        _drainTimer ??= host.After(UntilDrain(), OnDrainAsync);
        return Task.CompletedTask;
    }

    /// <summary>Told at once: what it does to the standing comes with the outbox, and says nothing of the note.</summary>
    public Task Reviewed(Guid assignmentId, string text)
    {
        _sessions.Push(position => new Notice { Position = position, Text = text, AssignmentId = assignmentId });
        return Task.CompletedTask;
    }

    /// <summary>By a clock that all actors of a process have in common.</summary>
    private TimeSpan UntilDrain()
    {
        var phase = DrainEvery.Ticks / DrainPhases * ((uint)workerId.GetHashCode() % DrainPhases);
        var now = time.GetElapsedTime(0).Ticks;
        return TimeSpan.FromTicks(DrainEvery.Ticks - (((now - phase) % DrainEvery.Ticks) + DrainEvery.Ticks) % DrainEvery.Ticks);
    }

    private async Task OnDrainAsync()
    {
        _drainTimer?.Dispose();
        _drainTimer = null;
        if (await ReadyAsync() is not null) return;
        try
        {
            var known = _standings.All.ToDictionary(standing => standing.ProjectId, standing => standing.Sequence);
            var drained = await drains.DrainAsync(workerId, known);

            // Where another activation is ahead, what is known here is read again.
            _mustReload |= drained.IsBehind;
            foreach (var project in drained.Rows.Select(row => row.ProjectId).Distinct()) await catalog.GetProjectAsync(project);
            Noticed(await _standings.TakeInAsync(drained, known, CancellationToken.None));
        }
        catch (StoreUnavailableException)
        {
            _mustReload = true;
        }

        await FillAsync(exceptConnectionId: null);
    }

    /// <summary>What was folded since the last occasion: rules, gates, board, and the worker hear of it.</summary>
    private async Task TellNewsAsync()
    {
        while (_news.Count > 0)
        {
            var (projectId, cause) = _news.First();
            _news.Remove(projectId);
            var standing = _standings.Of(projectId);
            boards.Report(standing.Figures(catalog.PriorOf(projectId)), standing.Totals());
            await ApplyRulesAsync(projectId);
            var ended = await EndExamAsync(projectId);
            await JudgeGatesAsync(projectId, ended ?? cause);
        }

        if (_unsaved >= SaveEvery) await SaveStandingsAsync(CancellationToken.None);
    }

    /// <summary>The standings as they are folded: for audits.</summary>
    internal WorkerStandings Standings => _standings;

    internal async Task SaveStandingsAsync(CancellationToken cancellation)
    {
        _unsaved = 0;
        try
        {
            await _standings.SaveAsync(cancellation);
        }
        catch (StoreUnavailableException)
        {
            // A snapshot is a shortcut: without it the next activation reads more rows.
        }
    }

    /// <summary>An answer was acknowledged: its time, and its own evaluation, are folded as they were committed.</summary>
    private void FoldAnswer(HeldWork work, SubmitReply reply, OwnEvaluation? evaluation)
    {
        var standing = _standings.Of(work.ProjectId);
        var at = reply.SubmittedAt ?? _storeClock.Now;
        _storeClock.Set(at);
        standing.Answered(reply.Handling, at);
        NoteTime(work.ProjectId, reply.Handling);
        _unsaved++;
        var tells = evaluation is not null && IsTold(work, evaluation);
        if (evaluation is not null) standing.Judged(evaluation.Row);
        if (evaluation is { IsExam: true }) NoteQuestion(work, evaluation, at);

        // What is not revealed is not told by a push that comes right after it either.
        _news[work.ProjectId] = tells ? CauseOf(evaluation!.Kind, evaluation.Row.Sequence) : null;
    }

    private async Task TellStandingAsync(Guid projectId, StandingCause? cause, IReadOnlyList<GateEvent> events)
    {
        // A board that moved, and agreement with others, are too small and too many to tell unless a gate opened or closed by them.
        var byTake = _enteredByTake.Where(entered => entered.ProjectId == projectId).Select(entered => entered.BatchId).ToArray();
        _enteredByTake.RemoveAll(entered => entered.ProjectId == projectId);
        if (events.Count == 0 && byTake.Length == 0 && cause is null or { Kind: StandingCauseKind.Board or StandingCauseKind.Consensus }) return;
        cause ??= new StandingCause { Kind = StandingCauseKind.Policy, Text = "A gate was judged anew.", At = _storeClock.Now };
        cause = cause with { Entered = [.. events.Where(row => row.Entered).Select(row => row.BatchId), .. byTake], Left = [.. events.Where(row => !row.Entered).Select(row => row.BatchId)] };
        _causes[projectId] = cause;
        if (!_sessions.Any || !_projects.Contains(projectId)) return;
        if (await ViewAsync(projectId, withPlace: false) is not { } view) return;
        _sessions.Push(position => new StandingChanged { Position = position, Standing = view, Cause = cause });
    }

    public async Task<StandingView?> GetStanding(Guid projectId)
    {
        if (await ReadyAsync() is not null) return null;
        if (!_projects.Contains(projectId) && _standings.Of(projectId).Answers == 0) return null;
        await catalog.RefreshAsync([projectId]);
        return await ViewAsync(projectId, withPlace: true);
    }

    private async Task<StandingView?> ViewAsync(Guid projectId, bool withPlace)
    {
        if (await catalog.GetProjectAsync(projectId) is null) return null;
        var standing = _standings.Of(projectId);
        BoardPlaceView? place = null;
        if (withPlace)
        {
            try
            {
                place = await actors.Leaderboard(projectId).PlaceOf(workerId);
            }
            catch (Exception failure) when (IsUnknown(failure))
            {
                // A board that cannot be reached takes nothing from the rest of the standing.
                place = null;
            }
        }

        return StandingViews.Of(
            standing, catalog.PriorOf(projectId), boards.Read(projectId), place, await GateViewsAsync(projectId, withPlace), _storeClock.Now, _causes.GetValueOrDefault(projectId)) with
        {
            Exam = ExamViewOf(projectId),
            Restrictions = [.. InForce(projectId).Select(row => new RestrictionView { Action = row.Action, Rule = row.Rule, Reason = row.Reason, BatchId = row.BatchId, Until = row.Until })],
        };
    }

    private async Task<IReadOnlyList<GateView>> GateViewsAsync(Guid projectId, bool withShare)
    {
        List<GateView> views = [];
        if (catalog.Snapshot(projectId) is not { } open) return views;
        foreach (var batch in open.Golden.Take(BatchesExplained))
        {
            if (open.GateOf(batch.BatchId) is not { } gate) continue;
            var inputs = InputsFor(batch, gate, step: 0);
            if (withShare) inputs = await WithShareAsync(batch, gate, inputs);
            views.Add(Engine.Standing.GateExplanation.Explain(gate, inputs, batch.BatchId, batch.Name));
        }

        return views;
    }

    private async Task<Engine.Standing.GateInputs> WithShareAsync(BatchRecord batch, Engine.Standing.Gate gate, Engine.Standing.GateInputs inputs)
    {
        if (gate.Policy.ShareGuard is null) return inputs;
        var (own, _) = await store.CountSharesAsync(batch.BatchId, workerId, CancellationToken.None);
        var counters = await store.GetCountersAsync(batch.BatchId, CancellationToken.None);
        return inputs with { Share = new Engine.Standing.BatchShare(own + _held.Values.Count(item => item.Work.BatchId == batch.BatchId), counters?.Tasks ?? 0) };
    }

    public async Task<EvidencePage> ListEvidence(Guid projectId, string? cursor)
    {
        if (await ReadyAsync() is { } refusal) return new EvidencePage { Refusal = refusal };

        // Which questions of an exam were wrong is told to nobody who may sit it, or knows somebody who may.
        var page = await store.ListEvaluationsAsync(workerId, projectId, cursor is null ? null : new PageCursor(cursor), EvidencePageSize, CancellationToken.None);
        return new EvidencePage { Rows = [.. page.Items.Where(row => row.Kind != EvidenceKinds.Exam).Select(StandingViews.Of)], Next = page.Next?.Value };
    }

    public async Task<CommandResult> Dispute(DisputeCommand command)
    {
        if (await ReadyAsync() is { } notReady) return new CommandResult { Refusal = notReady };
        if (command.OperationId == Guid.Empty) return new CommandResult { Refusal = WorkerRefusals.OperationIdMissing };
        if (WorkerRefusals.ReasonTooLong(command.Reason) is { } tooLong) return new CommandResult { Refusal = tooLong };
        if (string.IsNullOrWhiteSpace(command.Reason)) return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.reason", "A dispute says why.", "Write what is wrong with the judgement.") };
        if (command.Source is not { Length: > 0 and <= 200 }) return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.source", "There is no such source.", "Send the source that came with the feedback, or with the list of evidence.") };
        if (command.Source.StartsWith($"{EvidenceKinds.Exam}:", StringComparison.Ordinal)) return new CommandResult { Refusal = WorkerRefusals.ExamNotDisputed };
        var operation = new Operation
        {
            ActorId = workerId,
            OperationId = command.OperationId,
            PayloadHash = CommandHash.Of(OperationKinds.Dispute, command.AssignmentId, 0, $"{command.ProjectId:N}|{command.Source}|{command.Reason}"),
            Kind = OperationKinds.Dispute,
            AuditSubject = workerId,
            Reason = command.Reason,
        };
        try
        {
            var dispute = new DisputeRow { DisputeId = ids.NewId(), WorkerId = workerId, ProjectId = command.ProjectId, AssignmentId = command.AssignmentId, Source = command.Source, Reason = command.Reason };
            return (await store.OpenDisputeAsync(dispute, operation, CancellationToken.None)).Status switch
            {
                ApplyStatus.Applied => CommandResult.Done,
                ApplyStatus.Replayed => new CommandResult { Replayed = true },
                ApplyStatus.PayloadConflict => new CommandResult { Refusal = WorkerRefusals.OperationConflict },
                ApplyStatus.Duplicate => new CommandResult { Refusal = WorkerRefusals.DisputedBefore },
                _ => new CommandResult { Refusal = WorkerRefusals.UnknownEvidence },
            };
        }
        catch (StoreUnavailableException)
        {
            return new CommandResult { Refusal = WorkerRefusals.OutcomeUnknown };
        }
    }
}
