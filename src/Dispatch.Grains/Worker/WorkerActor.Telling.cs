using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What the worker is told of the own standing: as it is, at once; or late and rounded, where the project hides gold (<see cref="GoldSecrecy"/>).</summary>
internal sealed partial class WorkerActor
{
    /// <summary>Evaluations read at once, and pages of them in all, to find those that may be listed one by one.</summary>
    private const int ApartPageSize = 500;
    private const int ApartPagesMax = 20;

    // What was told last where gold is hidden. A new life begins with what is true then: one look for each life.
    private readonly Dictionary<Guid, ToldScene> _scenes = [];
    private readonly HashSet<Guid> _renewed = [];

    /// <summary>The board and the memberships that what is told rests on: both move with every gold.</summary>
    private sealed class ToldScene
    {
        public BoardReading? Board { get; set; }

        public required Dictionary<Guid, GateMembership> Memberships { get; init; }
    }

    private bool HidesGold(Guid projectId) => GoldSecrecy.Hides(QualityOf(projectId).Gold);

    private ToldScene SceneOf(Guid projectId)
    {
        if (!_scenes.TryGetValue(projectId, out var scene)) _scenes[projectId] = scene = new ToldScene { Memberships = new(_memberships) };
        if (scene.Board is null && boards.Read(projectId) is { } board && board.Age <= Gate.BoardAgeMax) scene.Board = board;
        return scene;
    }

    private async Task TellStandingAsync(Guid projectId, StandingCause? cause, IReadOnlyList<GateEvent> events)
    {
        var byTake = _enteredByTake.Where(entered => entered.ProjectId == projectId).Select(entered => entered.BatchId).ToArray();
        _enteredByTake.RemoveAll(entered => entered.ProjectId == projectId);
        Guid[] entered = [.. events.Where(row => row.Entered).Select(row => row.BatchId), .. byTake], left = [.. events.Where(row => !row.Entered).Select(row => row.BatchId)];
        if (HidesGold(projectId))
        {
            if (ToldCause(projectId, cause, entered, left) is not { } told) return;
            cause = told;
        }
        else
        {
            _renewed.Remove(projectId);

            // A board that moved, and agreement with others, are too small and too many to tell unless a gate opened or closed by them.
            if (entered.Length + left.Length == 0 && cause is null or { Kind: StandingCauseKind.Board or StandingCauseKind.Consensus }) return;
            cause ??= new StandingCause { Kind = StandingCauseKind.Policy, Text = "A gate was judged anew.", At = _storeClock.Now };
            cause = cause with { Entered = entered, Left = left };
        }

        _causes[projectId] = cause;
        if (!_sessions.Any || !_projects.Contains(projectId)) return;
        if (await ViewAsync(projectId, withPlace: false) is not { } view) return;
        _sessions.Push(position => new StandingChanged { Position = position, Standing = view, Cause = cause });
    }

    /// <summary>Where gold is hidden: what may be told of a change now; null for nothing before the next renewal.</summary>
    private StandingCause? ToldCause(Guid projectId, StandingCause? cause, IReadOnlyList<Guid> entered, IReadOnlyList<Guid> left)
    {
        var scene = SceneOf(projectId);
        var standing = _standings.Of(projectId);
        if (_renewed.Remove(projectId))
        {
            var golden = catalog.Snapshot(projectId)?.Golden.Select(batch => batch.BatchId).ToArray() ?? [];
            bool Is(Guid batchId) => _memberships.GetValueOrDefault(batchId, GateMembership.Out).IsIn;
            bool Was(Guid batchId) => scene.Memberships.GetValueOrDefault(batchId, GateMembership.Out).IsIn;
            var renewal = new StandingCause
            {
                Kind = StandingCauseKind.Renewed,
                Text = $"Your figures were brought up to date, as they are every {GoldSecrecy.BunchAnswers} answers.",
                At = _storeClock.Now,
                Entered = [.. golden.Where(batchId => Is(batchId) && !Was(batchId))],
                Left = [.. golden.Where(batchId => Was(batchId) && !Is(batchId))],
            };
            _scenes.Remove(projectId);
            return renewal;
        }

        // What others did to the worker is told at once. A board that moved only where nothing of the worker's own is held back: else it may be that.
        var byOthers = cause is { Kind: StandingCauseKind.Policy or StandingCauseKind.Labels or StandingCauseKind.Exam }
            || (cause is { Kind: StandingCauseKind.Board } && entered.Count + left.Count > 0 && standing.Sequence == standing.Told.LastSequence);
        if (byOthers)
        {
            foreach (var batchId in entered.Concat(left)) scene.Memberships[batchId] = _memberships.GetValueOrDefault(batchId, GateMembership.Out);
            if (cause!.Kind == StandingCauseKind.Board) scene.Board = null;
            return cause with { Entered = entered, Left = left, Sequence = null };
        }

        return cause is { Kind: StandingCauseKind.Review } ? cause with { Sequence = null } : null;
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
        var view = HidesGold(projectId)
            ? StandingViews.Told(standing, catalog.PriorOf(projectId), SceneOf(projectId).Board, ToldGateViews(projectId), _storeClock.Now, _causes.GetValueOrDefault(projectId))
            : StandingViews.Of(
                standing,
                catalog.PriorOf(projectId),
                boards.Read(projectId),
                withPlace ? await PlaceAsync(projectId) : null,
                await GateViewsAsync(projectId, withPlace),
                _storeClock.Now,
                _causes.GetValueOrDefault(projectId));
        return view with
        {
            Exam = ExamViewOf(projectId),
            Restrictions = [.. InForce(projectId).Select(row => new RestrictionView { Action = row.Action, Rule = row.Rule, Reason = row.Reason, BatchId = row.BatchId, Until = row.Until })],
        };
    }

    private async Task<BoardPlaceView?> PlaceAsync(Guid projectId)
    {
        try
        {
            return await actors.Leaderboard(projectId).PlaceOf(workerId);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            // A board that cannot be reached takes nothing from the rest of the standing.
            return null;
        }
    }

    private async Task<IReadOnlyList<GateView>> GateViewsAsync(Guid projectId, bool withShare)
    {
        List<GateView> views = [];
        foreach (var (batch, gate) in GatesOf(projectId))
        {
            var inputs = InputsFor(batch, gate, step: 0);
            if (withShare) inputs = await WithShareAsync(batch, gate, inputs);
            views.Add(GateExplanation.Explain(gate, inputs, batch.BatchId, batch.Name));
        }

        return views;
    }

    private IReadOnlyList<GateView> ToldGateViews(Guid projectId) => [.. GatesOf(projectId).Select(golden => ToldGateView(golden.Batch, golden.Gate))];

    /// <summary>The gate against what was told. Without the share of the batch: it counts ordinary tasks only, and so tells the others by what is missing.</summary>
    private GateView ToldGateView(BatchRecord batch, Gate gate)
    {
        var scene = SceneOf(batch.ProjectId);
        var standing = _standings.Of(batch.ProjectId);
        var inputs = InputsFor(batch, gate, step: 0) with
        {
            Figures = standing.Figures(standing.Told, catalog.PriorOf(batch.ProjectId)),
            Membership = scene.Memberships.GetValueOrDefault(batch.BatchId, GateMembership.Out),
            Board = gate.NeedsBoard ? scene.Board : null,
        };
        return GateExplanation.Explain(gate, inputs, batch.BatchId, batch.Name, rounded: true);
    }

    private IEnumerable<(BatchRecord Batch, Gate Gate)> GatesOf(Guid projectId)
    {
        if (catalog.Snapshot(projectId) is not { } open) yield break;
        foreach (var batch in open.Golden.Take(BatchesExplained))
        {
            if (open.GateOf(batch.BatchId) is { } gate) yield return (batch, gate);
        }
    }

    private async Task<GateInputs> WithShareAsync(BatchRecord batch, Gate gate, GateInputs inputs)
    {
        if (gate.Policy.ShareGuard is null) return inputs;
        var (own, _) = await store.CountSharesAsync(batch.BatchId, workerId, CancellationToken.None);
        var counters = await store.GetCountersAsync(batch.BatchId, CancellationToken.None);
        return inputs with { Share = new BatchShare(own + _held.Values.Count(item => item.Work.BatchId == batch.BatchId), counters?.Tasks ?? 0) };
    }

    /// <summary>
    /// Where gold is hidden: the rows that may be told apart, without their places in the order. The cursor counts rows that were told; a place in the store's order, or a
    /// page with fewer rows, would count those that are not. Looks at the last <see cref="ApartPageSize"/> × <see cref="ApartPagesMax"/> evaluations.
    /// </summary>
    private async Task<EvidencePage> ListApartAsync(Guid projectId, string? cursor)
    {
        var skip = int.TryParse(cursor, out var told) && told > 0 ? told : 0;
        List<EvaluationRow> rows = [];
        PageCursor? from = null;
        for (var page = 0; page < ApartPagesMax && rows.Count <= skip + EvidencePageSize; page++)
        {
            var read = await store.ListEvaluationsAsync(workerId, projectId, from, ApartPageSize, CancellationToken.None);
            rows.AddRange(read.Items.Where(row => GoldSecrecy.MayTellApart(QualityOf(projectId).Gold, row.Kind)));
            if (read.Next is not { } next) break;
            from = next;
        }

        return new EvidencePage
        {
            Rows = [.. rows.Skip(skip).Take(EvidencePageSize).Select(row => StandingViews.Of(row) with { Sequence = 0 })],
            Next = rows.Count > skip + EvidencePageSize ? $"{skip + EvidencePageSize}" : null,
        };
    }
}
