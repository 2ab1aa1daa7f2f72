using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.Grains;
using Dispatch.Storage;
using Dispatch.TestKit;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>
/// The promises about standing, from committed rows alone. I7: every golden assignment passed its gate, judged again. I8: what a live worker believes of
/// itself is the fold of its rows, to the bit. I9: the board is the order of the totals. I11: no control comes twice to a worker.
/// </summary>
internal sealed class Standings(World world)
{
    private readonly Dictionary<(Guid BatchId, int Version), Gate> _gates = [];

    public long Golden { get; private set; }

    public long Controls { get; private set; }

    /// <summary>A gate as it was published: later ones take its place in the batch, and assignments keep citing it.</summary>
    public void Published(BatchRecord batch)
    {
        if (StoredGates.Read(batch) is { } gate) _gates[(batch.BatchId, batch.GateVersion)] = gate;
    }

    /// <summary>What is wrong with an assignment that was just committed; null when nothing is.</summary>
    public string? OfNew(ModelTask task, ModelAssignment held)
    {
        if (task.IsControl)
        {
            Controls++;
            if (task.Assignments.Count(other => other.WorkerId == held.WorkerId) > 1) return $"I11: control {task.Key} came twice to a worker";
            if (task.Assignments.Select(other => other.WorkerId).Distinct().Count() > world.Quality.Gold.ExposuresMax) return $"I11: control {task.Key} was shown to too many";
        }

        var batch = world.Store.Batches[task.BatchId].Record;
        if (batch.Tier != BatchTier.Golden) return null;
        Golden++;
        return held.Gate is not { } stamp ? "I7: a golden assignment has no stamp" : OfGolden(task, held, stamp);
    }

    private string? OfGolden(ModelTask task, ModelAssignment held, GateStamp stamp)
    {
        var rows = Rows(held.WorkerId, stamp.ProjectId);
        if (rows.Count > 0 && rows[^1].Sequence > stamp.EvaluationSequence) return "I7: a golden assignment was judged before the latest evaluation";

        // A control comes in place of an ordinary task, which had waited; it does not wait itself.
        var waited = task.IsControl ? TimeSpan.MaxValue : held.OfferedAt - task.CreatedAt;
        return GateProof.WhatIsWrong(_gates.GetValueOrDefault((task.BatchId, stamp.PolicyVersion)), stamp.Judgement, held.WorkerId, rows, world.Quality.Discount, waited) is { } wrong ? $"I7: {wrong}" : null;
    }

    /// <summary>I8.</summary>
    public string? WhoStandsOtherwise()
    {
        foreach (var annotator in world.Annotators.Where(annotator => annotator.IsConnected))
        {
            if (world.Cluster.Living<WorkerActor>("worker", annotator.WorkerId) is not { } actor) continue;
            foreach (var project in actor.Standings.All)
            {
                var rows = Rows(annotator.WorkerId, project.ProjectId);
                if (FoldOf(rows) != project.Fold) return $"I8: worker {annotator.WorkerId} believes in {project.Fold} and the rows say {FoldOf(rows)}";
                var handling = new HandlingFold();
                var answers = AnswersOf(annotator.WorkerId, project.ProjectId);
                foreach (var answer in answers) handling.Apply(answer.Handling);
                if (!Same(handling, project.Handling)) return $"I8: worker {annotator.WorkerId} counts {project.Handling.Count} handling times, and the rows say {handling.Count}, or other ones";
                if (project.FirstAnswerAt != (answers.Count == 0 ? null : answers[0].SubmittedAt)) return $"I8: worker {annotator.WorkerId} began at another time";
            }
        }

        return null;
    }

    /// <summary>I9.</summary>
    public string? WhatIsOutOfOrder(Guid projectId)
    {
        if (world.Cluster.Living<LeaderboardActor>("leaderboard", projectId) is not { } actor) return null;
        var expected = world.Store.LoadBoardAsync(projectId, CancellationToken.None).ToBlockingEnumerable()
            .Select(row => BoardKey.Of(actor.FiguresOf(row.Totals), BoardOrder.LowerBound)).Order().Select(key => key.WorkerId).ToArray();
        var shown = actor.Board.From(1, int.MaxValue).Select(place => place.Figures.WorkerId).ToArray();
        return expected.SequenceEqual(shown) ? null : $"I9: the board shows {shown.Length} workers in another order than the totals of {expected.Length}";
    }

    /// <summary>An action of a rule keeps the worker from the project.</summary>
    public bool IsBarred(Guid workerId) =>
        world.Store.LoadRestrictionsAsync(workerId, CancellationToken.None).Result.Any(row => row.Action is QualityAction.Restrict or QualityAction.RequireTraining);

    /// <summary>How old a task of the batch must be for the worker, by rows and the live board: zero outside golden batches, null for never.</summary>
    public TimeSpan? GateAge(ModelBatch batch, ModelWorker worker)
    {
        if (batch.Record.Tier != BatchTier.Golden) return TimeSpan.Zero;
        if (StoredGates.Read(batch.Record) is not { } gate) return null;
        if (gate.Policy.ShareGuard is { } guard)
        {
            var taken = world.Store.CountSharesAsync(batch.Record.BatchId, worker.Record.WorkerId, CancellationToken.None).Result.Worker + worker.Active.Values.Count(held => held.Task.BatchId == batch.Record.BatchId);
            if (taken >= Gate.ShareLimit(guard, batch.Tasks)) return null;
        }

        for (var step = 0; step < gate.Steps; step++)
        {
            if (InputsOf(batch.Record, worker, gate, step) is not { } inputs || !gate.Judge(inputs).Passes) continue;
            return step == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(gate.Policy.Release.AfterSeconds + (gate.Policy.Release.EverySeconds * (step - 1)));
        }

        return gate.Policy.Release.Kind == ReleaseKind.Release ? TimeSpan.FromSeconds(gate.Policy.Release.AfterSeconds) : null;
    }

    private GateInputs? InputsOf(BatchRecord batch, ModelWorker worker, Gate gate, int step)
    {
        var workerId = worker.Record.WorkerId;
        if (world.Cluster.Living<WorkerActor>("worker", workerId)?.Standings.Of(batch.ProjectId) is not { } standing) return null;
        var prior = world.Store.GetPriorAsync(batch.ProjectId, CancellationToken.None).Result is { } row ? new AccuracyPrior(row.Mean, row.Strength, row.Version) : new AccuracyPrior(world.Quality.PriorMean, world.Quality.PriorStrength, 0);
        var last = world.Store.LoadMembershipsAsync(workerId, CancellationToken.None).Result.FirstOrDefault(entry => entry.BatchId == batch.BatchId);
        var board = world.Cluster.Living<LeaderboardActor>("leaderboard", batch.ProjectId);
        return new GateInputs
        {
            Figures = standing.Figures(prior),
            Labels = WorkerLabels.Parse(worker.Record.Labels),
            Membership = last is { Entered: true } ? new GateMembership(true, last.At, last.Answers, last.EvaluationSequence, last.PolicyVersion) : GateMembership.Out,
            Board = board is null ? null : new BoardReading(board.Board.Publish(world.Loop.Now, gate.Asks), TimeSpan.Zero),
            At = world.Loop.Now,
            Step = step,
        };
    }

    private List<EvidenceRow> Rows(Guid workerId, Guid projectId) =>
        [.. world.Store.LoadEvaluationsAsync(workerId, [], int.MaxValue, CancellationToken.None).Result.Where(row => row.ProjectId == projectId).Select(Evidence.Of)];

    private QualityFold FoldOf(List<EvidenceRow> rows) => default(QualityFold).Replay(rows, world.Quality.Discount);

    private List<ModelAnswer> AnswersOf(Guid workerId, Guid projectId) =>
        [.. world.Store.Batches.Values.Where(batch => batch.Record.ProjectId == projectId).SelectMany(batch => batch.AnswerRows).Where(answer => answer.Assignment.WorkerId == workerId).OrderBy(answer => answer.AnswerId)];

    private static bool Same(HandlingFold left, HandlingFold right) =>
        left.Count == right.Count && left.TotalMicroseconds == right.TotalMicroseconds && left.TotalLogMicros == right.TotalLogMicros && left.Median == right.Median
        && left.RecentLogMean.Equals(right.RecentLogMean) && left.RecentLogVariance.Equals(right.RecentLogVariance);
}
