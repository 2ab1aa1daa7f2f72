using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// One worker in one project, live: folds over committed rows, and nothing else. Evaluations are folded as they are committed, because
/// only this worker's actor gives them their sequence, one after the other. Handling times are folded as they are acknowledged, and again by
/// their rows whenever those are read: an answer that another activation took in is then found.
/// </summary>
internal sealed class ProjectStanding(Guid workerId, Guid projectId, double discount)
{
    private EvidenceHistory _evidence = new(discount);
    private HandlingFold _handling = new();
    private HandlingSnapshot? _settled;
    private DateTimeOffset? _settledFirst;
    private (QualityFold Fold, AccuracyPrior Prior, double LowerBound) _bound;

    public Guid ProjectId => projectId;

    public double Discount => _evidence.Discount;

    public QualityFold Fold => _evidence.Current;

    public HandlingFold Handling => _handling;

    public long Answers => _handling.Count;

    /// <summary>The evidence that the worker was told of, where the project hides gold: as it stood at the answer <see cref="ToldAnswers"/>.</summary>
    public QualityFold Told { get; private set; }

    /// <summary>Answers at that time; 0 before the first renewal. A crash may bring an earlier one back, for at most a bunch of answers: later than due, never sooner.</summary>
    public long ToldAnswers { get; private set; }

    public DateTimeOffset? FirstAnswerAt { get; private set; }

    /// <summary>Where the rows that were read end.</summary>
    public long AnswerId { get; private set; }

    public long Sequence => _evidence.Current.LastSequence;

    public FoldPosition Position => new(projectId, Sequence, AnswerId);

    public static ProjectStanding Restore(Guid workerId, ProjectSnapshot snapshot) => new(workerId, snapshot.ProjectId, snapshot.Evidence.Discount)
    {
        _evidence = EvidenceHistory.Restore(snapshot.Evidence),
        _handling = HandlingFold.Restore(snapshot.Handling),
        _settled = snapshot.Handling,
        _settledFirst = snapshot.FirstAnswerAt,
        FirstAnswerAt = snapshot.FirstAnswerAt,
        AnswerId = snapshot.AnswerId,
        Told = snapshot.Told ?? default,
        ToldAnswers = snapshot.ToldAnswers,
    };

    public ProjectSnapshot Snapshot() => new(projectId, _evidence.Snapshot(), _settled ?? new HandlingFold().Snapshot(), AnswerId, _settledFirst, Told, ToldAnswers);

    /// <summary>Takes over what was told under another discount.</summary>
    public ProjectStanding Continuing(ProjectStanding before)
    {
        (Told, ToldAnswers) = (before.Told, before.ToldAnswers);
        return this;
    }

    /// <summary>After an answer and its own evaluation: renews what is told when that is due.</summary>
    /// <returns>Whether it was renewed.</returns>
    public bool Renew()
    {
        if (!GoldSecrecy.Renews(Answers) || ToldAnswers == Answers) return false;
        (Told, ToldAnswers) = (Fold, Answers);
        return true;
    }

    /// <summary>Where the rows must be read from so that these new ones can be folded; null when they can be as they are.</summary>
    public long? ReplayFrom(IReadOnlyList<EvaluationRow> rows) => _evidence.ReplayFrom([.. rows.Select(Evidence.Of)]);

    /// <summary>Folds rows that follow the last one, none of which masks anything.</summary>
    public void Apply(IEnumerable<EvaluationRow> rows)
    {
        foreach (var row in rows) _evidence.Apply(Evidence.Of(row));
    }

    /// <summary>Goes back and folds again.</summary>
    public void Replay(long after, IReadOnlyList<EvaluationRow> rows) => _evidence.Replay(after, [.. rows.Select(Evidence.Of)]);

    /// <summary>The fold as it will be once this row is committed: what the gate judges in the same commit.</summary>
    public QualityFold With(EvidenceRow row) => Fold.Apply(row, Discount);

    /// <summary>Own evaluation, committed with an answer.</summary>
    public void Judged(EvidenceRow row) => _evidence.Apply(row);

    /// <summary>An answer was acknowledged.</summary>
    public void Answered(TimeSpan handling, DateTimeOffset at)
    {
        _handling.Apply(handling);
        FirstAnswerAt ??= at;
    }

    /// <summary>Rows after <see cref="AnswerId"/> and up to <paramref name="last"/>, all of them: the truth of what was folded live.</summary>
    public void Settle(IReadOnlyList<HandlingRow> rows, long last)
    {
        var fold = _settled is null ? new HandlingFold() : HandlingFold.Restore(_settled);
        foreach (var row in rows)
        {
            fold.Apply(row.Handling);
            _settledFirst ??= row.SubmittedAt;
        }

        (AnswerId, _settled, _handling, FirstAnswerAt) = (last, fold.Snapshot(), fold, _settledFirst);
    }

    public StandingFigures Figures(AccuracyPrior prior) => Figures(Fold, prior);

    public StandingFigures Figures(QualityFold fold, AccuracyPrior prior)
    {
        // The inverse integral is the dearest step of all: once for each evaluation, not for each answer.
        if (_bound.LowerBound == 0 || _bound.Fold != fold || _bound.Prior != prior) _bound = (fold, prior, Accuracy.Of(fold, prior).LowerBound());
        return new StandingFigures
        {
            WorkerId = workerId,
            Fold = fold,
            Prior = prior,
            LowerBound = _bound.LowerBound,
            Discount = Discount,
            Answers = Answers,
            FirstAnswerAt = FirstAnswerAt,
            TimedAnswers = _handling.Count,
            MedianSeconds = _handling.Median?.TotalSeconds,
            SpeedIndex = SpeedIndex,
        };
    }

    /// <summary>Typical time, in minutes: the order among workers is the same whatever it is divided by, and a divisor that moves with the pool would move everybody's place.</summary>
    private double SpeedIndex => _handling.GeometricMean is { } own ? Math.Max(own.TotalMinutes, 1e-6) : 1;

    /// <summary>What the board and the store keep. The number of answers orders them as the id of the last would, and is known without a read.</summary>
    public StandingTotals Totals() => new()
    {
        WorkerId = workerId,
        ProjectId = projectId,
        Sequence = Sequence,
        AnswerId = Answers,
        Successes = Fold.Right,
        Failures = Fold.Wrong,
        EffectiveN = Fold.EffectiveN,
        Answers = Answers,
        Handling = TimeSpan.FromMicroseconds(_handling.TotalMicroseconds),
        MedianHandling = _handling.Median ?? TimeSpan.Zero,
        SpeedIndex = SpeedIndex,
        FirstAnswerAt = FirstAnswerAt,
    };
}
