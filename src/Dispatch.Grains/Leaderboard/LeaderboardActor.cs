using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Engine.Standing;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// The live order of a project's workers, filled by one query and kept by absolute totals. It answers questions and publishes cut-offs; it calls
/// nobody. Also keeps the pool's prior: where the pool's accuracy has moved enough, a new version is written and everybody is ordered under it.
/// </summary>
internal sealed partial class LeaderboardActor(Guid projectId, IDispatchStore store, ProjectCatalog catalog, TimeProvider time, ILogger logger)
{
    private const int RowsMax = 100;
    private const int RekeyedPerTurn = 5_000;

    /// <summary>A prior is looked at this often, and changed when the mean of the pool is this far from it, on evidence worth so many golds.</summary>
    private static readonly TimeSpan PriorPeriod = TimeSpan.FromSeconds(10);
    private const double PriorStep = 0.02;
    private const double PriorEvidenceMin = 50;

    /// <summary>See <see cref="Picture"/>.</summary>
    private static readonly TimeSpan PictureEvery = TimeSpan.FromHours(1);

    private readonly SteadyClock _clock = new(time);
    private readonly Queue<Guid> _rekey = new();
    private readonly Rates _rates = new(time);
    private Leaderboard _board = new(BoardOrder.LowerBound);
    private BoardCutoffs? _last;
    private AccuracyPrior _prior = AccuracyPrior.Uniform;
    private double _right;
    private double _wrong;
    private long _priorLookedAt;
    private long _life;
    private BoardView? _picture;
    private IReadOnlyList<Guid> _pictured = [];
    private long _pictureStamp;

    /// <summary>The board: for audits.</summary>
    internal Leaderboard Board => _board;

    internal AccuracyPrior Prior => _prior;

    public async Task ActivateAsync(CancellationToken cancellation)
    {
        await catalog.GetProjectAsync(projectId);

        // Above any epoch of an earlier life: those grow by a few a second, and this by a thousand.
        var now = await store.NowAsync(cancellation);
        _clock.Set(now);
        _board = new Leaderboard(BoardOrder.LowerBound, now.ToUnixTimeMilliseconds());
        if (await store.GetPriorAsync(projectId, cancellation) is { } row) catalog.PriorPublished(projectId, new AccuracyPrior(row.Mean, row.Strength, row.Version));
        _prior = catalog.PriorOf(projectId);
        _life = _board.Epoch;
        await FillAsync(cancellation);
        _priorLookedAt = time.GetTimestamp();
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        await foreach (var entry in store.LoadBoardAsync(projectId, cancellation))
        {
            Take(FiguresOf(entry.Totals), WorkerLabels.Parse(entry.Labels));
            _board.SetName(entry.Totals.WorkerId, new BoardName(entry.BoardName, entry.OnBoard));
        }
    }

    internal StandingFigures FiguresOf(StandingTotals totals)
    {
        var fold = new QualityFold { Right = totals.Successes, Wrong = totals.Failures, LastSequence = totals.Sequence };
        return StandingFigures.Of(totals.WorkerId, fold, _prior) with
        {
            Answers = totals.Answers,
            FirstAnswerAt = totals.FirstAnswerAt,
            TimedAnswers = totals.Answers,
            MedianSeconds = totals.Answers > 0 ? totals.MedianHandling.TotalSeconds : null,
            SpeedIndex = totals.SpeedIndex,
        };
    }

    private void Take(StandingFigures figures, WorkerLabels? labels)
    {
        // Only under one prior can two be compared; whoever stands on an older one is reckoned anew.
        if (figures.Prior.Version < _prior.Version) figures = (figures with { Prior = _prior }).WithFold(figures.Fold);
        figures = figures with { AnswersPerHour = _rates.Seen(figures.WorkerId, figures.Answers) };
        var before = _board.Find(figures.WorkerId);
        if (_board.Upsert(figures, labels) != UpsertOutcome.Applied) return;
        _right += figures.Fold.Right - (before?.Fold.Right ?? 0);
        _wrong += figures.Fold.Wrong - (before?.Fold.Wrong ?? 0);
    }

    public async Task<BoardPublication> Exchange(IReadOnlyList<TotalsMessage> totals, IReadOnlyList<AskMessage> asks, long known)
    {
        if (known != _life) await FillAsync(CancellationToken.None);
        foreach (var message in totals) Take(message.ToFigures(), labels: null);
        Rekey();
        if (time.GetElapsedTime(_priorLookedAt) >= PriorPeriod) await LookAtPriorAsync();
        _last = _board.Publish(_clock.Now, asks.Select(ask => new RankAsk(ask.Top, ask.Share)));
        return BoardPublication.Of(_last, _prior, _life);
    }

    /// <summary>What the whole pool showed, on top of the policy's belief: the prior of those of whom nothing is known.</summary>
    private async Task LookAtPriorAsync()
    {
        _priorLookedAt = time.GetTimestamp();
        await catalog.RefreshAsync([projectId]);
        if (_right + _wrong < PriorEvidenceMin) return;
        var quality = catalog.KnownProject(projectId)?.Record.Quality ?? new QualityPolicy();
        var mean = Math.Clamp(((quality.PriorStrength * quality.PriorMean) + _right) / (quality.PriorStrength + _right + _wrong), 0.01, 0.99);
        if (Math.Abs(mean - _prior.Mean) < PriorStep && quality.PriorStrength == _prior.Strength) return;
        try
        {
            var present = await store.AppendPriorAsync(new PoolPrior(projectId, _prior.Version + 1, mean, quality.PriorStrength, default), CancellationToken.None);
            _prior = new AccuracyPrior(present.Mean, present.Strength, present.Version);
            catalog.PriorPublished(projectId, _prior);
            LogPrior(projectId, _prior.Version, _prior.Mean);
            foreach (var place in _board.From(1, _board.Size)) _rekey.Enqueue(place.Figures.WorkerId);
        }
        catch (StoreUnavailableException)
        {
            // Looked at again in a while.
        }
    }

    private void Rekey()
    {
        for (var i = 0; i < RekeyedPerTurn && _rekey.TryDequeue(out var workerId); i++)
        {
            if (_board.Find(workerId) is { } figures && figures.Prior.Version < _prior.Version) Take(figures, labels: null);
        }
    }

    public Task<BoardPlaceView?> PlaceOf(Guid workerId) => Task.FromResult(_board.RankOf(workerId) is { } rank
        ? new BoardPlaceView { Rank = rank, Percentile = _board.PercentileOf(workerId) ?? 1, Size = _board.Size, Epoch = _board.Epoch, At = _clock.Now }
        : null);

    public Task<BoardView> Around(Guid workerId, int count) => Task.FromResult(View(_board.Around(workerId, Math.Clamp(count, 1, RowsMax)), workerId));

    public Task<BoardView> From(int rank, int count, Guid? asker) => Task.FromResult(View(_board.From(Math.Max(1, rank), Math.Clamp(count, 1, RowsMax)), asker));

    public async Task<BoardPages> PagesFor(Guid asker, int top, int around)
    {
        if (catalog.KnownProject(projectId) is { } project && GoldSecrecy.Hides(project.Record.Quality.Gold)) return new BoardPages { Top = Picture(asker, top) };
        var neighbours = await Around(asker, around);
        return new BoardPages { Top = await From(1, top, asker), Around = neighbours.Rows.Count == 0 ? null : neighbours };
    }

    /// <summary>Where gold is hidden: every gold moves its worker's place, and two who watch each other would see it. So the order is of up to an hour ago, and holds no figures.</summary>
    private BoardView Picture(Guid asker, int top)
    {
        if (_picture is null || time.GetElapsedTime(_pictureStamp) >= PictureEvery)
        {
            _picture = new BoardView { ProjectId = projectId, Epoch = 0, At = _clock.Now, Size = _board.Size, Rows = [] };
            _pictured = [.. _board.From(1, RowsMax).Select(place => place.Figures.WorkerId)];
            _pictureStamp = time.GetTimestamp();
        }

        // Names are of now: who opted out is not shown for another hour.
        return _picture with
        {
            Rows = [.. _pictured.Take(Math.Clamp(top, 1, RowsMax)).Select((workerId, i) => new BoardRowView { Rank = i + 1, Name = _board.NameOf(workerId).Shown(workerId, projectId), IsYou = workerId == asker })],
        };
    }

    public Task<BoardView?> ChangesSince(long epoch, Guid? asker) =>
        Task.FromResult(_board.DeltaSince(epoch, RowsMax) is { Gone.Count: 0 } delta ? View(delta.Changed, asker) : null);

    public Task NameChanged(Guid workerId, string? name, bool onBoard)
    {
        _board.SetName(workerId, new BoardName(name, onBoard));
        return Task.CompletedTask;
    }

    private BoardView View(IReadOnlyList<BoardPlace> places, Guid? asker) => new()
    {
        ProjectId = projectId,
        Epoch = _board.Epoch,
        At = _clock.Now,
        Size = _board.Size,
        Rows = [.. places.Select(place => RowOf(place, asker))],
    };

    private BoardRowView RowOf(BoardPlace place, Guid? asker)
    {
        var figures = place.Figures;
        var shown = asker is null || asker == figures.WorkerId || place.Name.IsShown;
        return new BoardRowView
        {
            Rank = place.Rank,
            Name = place.Name.Shown(figures.WorkerId, projectId),
            IsYou = asker == figures.WorkerId,
            Accuracy = shown ? figures.Accuracy.Mean : null,
            LowerBound = shown ? figures.LowerBound : null,
            EffectiveN = shown ? figures.Fold.EffectiveN : null,
            SpeedIndex = shown && _board.PoolMedianSeconds is > 0 and var pool ? figures.SpeedIndex * 60 / pool : null,
        };
    }

    [LoggerMessage(1701, LogLevel.Information, "Prior {Version} of project {ProjectId}: a worker of whom nothing is known is taken to be right with {Mean}.")]
    private partial void LogPrior(Guid projectId, int version, double mean);
}
