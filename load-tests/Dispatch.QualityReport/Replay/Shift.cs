using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Consensus;

namespace Dispatch.QualityReport.Replay;

/// <summary>A vote as the batch would hold it: stamped with what was known of its worker when it was given.</summary>
internal readonly record struct ReplayedVote(int Worker, int Label, double Accuracy);

/// <summary>
/// One shift in virtual time by a seed: everybody begins at some moment of an eight-hour day, works through their real answers in a
/// random order, and takes the real seconds for each. A tenth of the tasks is gold. Evidence is folded as it comes, by the engine.
/// </summary>
internal sealed class Shift
{
    private const double DaySeconds = 8 * 3600;
    private const double GoldShare = 0.1;
    private const int PriorEvery = 100;

    private readonly List<ReplayedVote>[] _votes;
    private readonly QualityFold[] _folds;
    private readonly QualityFold[] _plain;

    private Shift(Judgments judgments, int seed)
    {
        Random = new Random(seed);
        _votes = [.. Enumerable.Range(0, judgments.Tasks).Select(_ => new List<ReplayedVote>())];
        (_folds, _plain) = (new QualityFold[judgments.Workers], new QualityFold[judgments.Workers]);
        var tasks = Enumerable.Range(0, judgments.Tasks).ToArray();
        Random.Shuffle(tasks);
        Gold = [.. tasks.Take((int)(GoldShare * judgments.Tasks))];
    }

    /// <summary>For what else a seed decides.</summary>
    public Random Random { get; }

    /// <summary>Gold tasks.</summary>
    public HashSet<int> Gold { get; }

    /// <summary>The prior at the end.</summary>
    public AccuracyPrior Prior { get; private set; }

    /// <summary>Votes of each task that is no gold, in the order in which they came.</summary>
    public IReadOnlyList<IReadOnlyList<ReplayedVote>> Votes => _votes;

    /// <summary>Handling times of everybody.</summary>
    public HandlingFold Handling { get; } = new();

    /// <summary>Evidence of a worker under the policy's discount.</summary>
    public QualityFold EvidenceOf(int worker) => _folds[worker];

    /// <summary>Evidence of a worker without a discount: gold counted as it is.</summary>
    public QualityFold CountedOf(int worker) => _plain[worker];

    /// <summary>Replays a shift.</summary>
    public static Shift Of(Judgments judgments, QualityPolicy policy, int seed)
    {
        var shift = new Shift(judgments, seed);
        var start = new AccuracyPrior(policy.PriorMean, policy.PriorStrength, 1);
        shift.Prior = start;
        double right = 0, wrong = 0;
        foreach (var judgment in shift.InOrder(judgments))
        {
            shift.Handling.Apply(TimeSpan.FromSeconds(judgment.Seconds));
            if (!shift.Gold.Contains(judgment.Task))
            {
                var accuracy = Accuracy.Of(shift._folds[judgment.Worker], shift.Prior).Mean;
                shift._votes[judgment.Task].Add(new(judgment.Worker, judgment.Label, accuracy));
                continue;
            }

            var row = new EvidenceRow(shift._folds[judgment.Worker].LastSequence + 1, EvidenceKind.Gold, judgment.IsRight ? 1 : 0, 1);
            shift._folds[judgment.Worker] = shift._folds[judgment.Worker].Apply(row, policy.Discount);
            shift._plain[judgment.Worker] = shift._plain[judgment.Worker].Apply(row, 1);
            (right, wrong) = judgment.IsRight ? (right + 1, wrong) : (right, wrong + 1);
            if ((right + wrong) % PriorEvery == 0) shift.Prior = shift.Prior.Updated(right, wrong, start);
        }

        return shift;
    }

    /// <summary>Stamped votes, as the engine's posterior takes them.</summary>
    public static StampedVote[] Stamped(IEnumerable<ReplayedVote> votes) => [.. votes.Select(vote => new StampedVote(vote.Label, vote.Accuracy))];

    private IEnumerable<Judgment> InOrder(Judgments judgments)
    {
        List<(double At, Judgment Judgment)> events = [];
        for (var worker = 0; worker < judgments.Workers; worker++)
        {
            var at = Random.NextDouble() * DaySeconds;
            var work = judgments.ByWorker[worker].ToArray();
            Random.Shuffle(work);
            foreach (var judgment in work) events.Add((at += judgment.Seconds, judgment));
        }

        return events.OrderBy(one => one.At).ThenBy(one => one.Judgment.Worker).Select(one => one.Judgment);
    }
}
