using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
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

    public Task Told(string text)
    {
        _sessions.Push(position => new Notice { Position = position, Text = text });
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
        if (standing.Renew()) _renewed.Add(work.ProjectId);
        if (evaluation is { IsExam: true }) NoteQuestion(work, evaluation, at);

        // What is not revealed is not told by a push that comes right after it either.
        _news[work.ProjectId] = tells ? CauseOf(evaluation!.Kind, evaluation.Row.Sequence) : null;
    }

    public async Task<EvidencePage> ListEvidence(Guid projectId, string? cursor)
    {
        if (await ReadyAsync() is { } refusal) return new EvidencePage { Refusal = refusal };

        await catalog.GetProjectAsync(projectId);
        if (HidesGold(projectId)) return await ListApartAsync(projectId, cursor);

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

        // Refused like one that does not exist, before anything is looked up: else the reply would say whether there is such a gold.
        await catalog.GetProjectAsync(command.ProjectId);
        if (!GoldSecrecy.MayTellApart(QualityOf(command.ProjectId).Gold, command.Source.Split(':')[0])) return new CommandResult { Refusal = WorkerRefusals.UnknownEvidence };
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
