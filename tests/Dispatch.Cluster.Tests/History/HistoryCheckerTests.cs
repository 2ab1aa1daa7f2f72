using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.Grains;

namespace Dispatch.Cluster.Tests.History;

/// <summary>A sound history passes, and each kind of damage is named by its invariant: a checker that cannot turn red proves nothing.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly DateTime At = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly Guid Batch = Guid.NewGuid();
    private static readonly Guid Project = Guid.NewGuid();
    private static readonly Guid[] Workers = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid())];

    [Fact]
    public void SoundHistory_HasNoBreach() => Check(new Draft()).ShouldBeEmpty();

    [Fact]
    public void UnknownSubmit_MayBeStoredOrNot()
    {
        var draft = new Draft();
        draft.Journal[0] = draft.Journal[0] with { Outcome = Outcome.Unknown };
        draft.Journal.Add(Entry(Guid.NewGuid(), Workers[0], Guid.NewGuid(), Outcome.Unknown));
        Check(draft).ShouldBeEmpty();
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "I1", "lost" }, { "I1", "stored twice" }, { "I2", "from nowhere" }, { "I2", "of another" }, { "I3", "refused and stored" }, { "I4", "too many" },
        { "I4", "same worker" }, { "I4", "slot twice" }, { "I5", "counter" }, { "I5", "completed early" }, { "I5", "never completed" }, { "I6", "over capacity" },
        { "I6", "place twice" }, { "I8", "judged twice" }, { "I8", "judged for nothing" }, { "I11", "gold twice" }, { "I12", "epoch twice" }, { "I12", "before its lease" },
        { "I12", "no answer" }, { "I7", "no stamp" }, { "I7", "no such gate" }, { "I7", "other figures" }, { "I7", "below the bar" }, { "I8", "other totals" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Damage_IsNamedByItsInvariant(string invariant, string damage)
    {
        var draft = new Draft();
        draft.Damage(damage);
        Check(draft).ShouldContain(breach => breach.StartsWith(invariant + ":", StringComparison.Ordinal), $"after the damage '{damage}'");
    }

    private static IReadOnlyList<string> Check(Draft draft) => HistoryChecker.Check(draft.Journal, draft.State);

    private static SubmitEntry Entry(Guid operation, Guid worker, Guid assignment, Outcome outcome) =>
        new() { OperationId = operation, WorkerId = worker, AssignmentId = assignment, InvokedAt = 1, EndedAt = 2, Outcome = outcome };

    /// <summary>Two completed tasks of two answers each, one open task that is held once, one gold task with an answer and its evaluation, and a golden assignment that it opened the gate for.</summary>
    private sealed class Draft
    {
        private readonly List<AnswerRow> _answers = [];
        private readonly List<AssignmentRow> _assignments = [];
        private readonly List<TaskRow> _tasks = [];
        private readonly List<EvaluationRow> _evaluations = [];
        private CounterRow _counter;
        private GoldenRow _golden;
        private TotalsRow _totals;

        public Draft()
        {
            for (var task = 1; task <= 2; task++)
            {
                _tasks.Add(new TaskRow(task, Batch, 2, TaskState.Completed, IsGold: false));
                for (var slot = 0; slot < 2; slot++) Answer(task, slot, Workers[slot]);
            }

            _tasks.Add(new TaskRow(3, Batch, 2, TaskState.Open, IsGold: false));
            _assignments.Add(new AssignmentRow(Guid.NewGuid(), 3, Workers[2], 0, 1, AssignmentState.Accepted, Counted: false, 0, At, EndedAt: null));
            _tasks.Add(new TaskRow(4, Batch, 1, TaskState.Completed, IsGold: true));
            Answer(4, 0, Workers[0]);
            _evaluations.Add(new EvaluationRow(Workers[0], Project, 1, "gold:x", _answers[^1].AssignmentId));
            _counter = new CounterRow(Batch, 4, 3, 0, 0, 5);
            _golden = new GoldenRow(Guid.NewGuid(), Batch, Project, Workers[0], 1, 1, JudgementOf(right: 1), TimeSpan.Zero);
            _totals = new TotalsRow(Workers[0], Project, 1, 1, 0);
        }

        public List<SubmitEntry> Journal { get; } = [];

        public CommittedState State => new()
        {
            Answers = _answers,
            Assignments = _assignments,
            Tasks = _tasks,
            Counters = [_counter],
            Evaluations = _evaluations,
            Golden = [_golden],
            Totals = [_totals],
            Gates = new Dictionary<(Guid, int), Gate> { [(Batch, 1)] = Open },
            Capacity = Workers.ToDictionary(worker => worker, _ => 1),
        };

        public void Damage(string damage)
        {
            switch (damage)
            {
                case "lost": _answers.RemoveAt(0); break;
                case "stored twice": _answers.Add(_answers[0]); break;
                case "from nowhere": Journal.RemoveAt(0); break;
                case "of another": _answers[0] = _answers[0] with { WorkerId = Workers[2] }; break;
                case "refused and stored": Journal[0] = Journal[0] with { Outcome = Outcome.Fail, Code = "stale_lease" }; break;
                case "too many": Answer(1, 2, Workers[2]); break;
                case "same worker": Answer(3, 0, Workers[0]); Answer(3, 1, Workers[0]); break;
                case "slot twice": _assignments.Add(_assignments[0] with { AssignmentId = Guid.NewGuid(), LeaseEpoch = 2 }); break;
                case "counter": _counter = _counter with { Answers = 4 }; break;
                case "completed early": _tasks[2] = _tasks[2] with { State = TaskState.Completed }; break;
                case "never completed": _tasks[0] = _tasks[0] with { State = TaskState.Open }; break;
                case "over capacity": _assignments.Add(Held(capacitySlot: 1)); break;
                case "place twice": _assignments.Add(Held(capacitySlot: 0) with { State = AssignmentState.Reserved }); break;
                case "judged twice": _evaluations.Add(_evaluations[0] with { Sequence = 2 }); break;
                case "judged for nothing": _evaluations.Add(new EvaluationRow(Workers[1], Project, 1, "gold:y", Guid.NewGuid())); break;
                case "gold twice": Answer(4, 1, Workers[0]); break;
                case "epoch twice": _assignments.Add(_assignments[0] with { AssignmentId = Guid.NewGuid(), State = AssignmentState.Returned, Counted = false }); break;
                case "before its lease": _answers[0] = _answers[0] with { SubmittedAt = At.AddMinutes(-1) }; break;
                case "no stamp": _golden = _golden with { Judgement = null }; break;
                case "no such gate": _golden = _golden with { PolicyVersion = 2 }; break;
                case "other figures": _golden = _golden with { Judgement = JudgementOf(right: 2) }; break;
                case "below the bar": _golden = _golden with { Sequence = 0, Judgement = JudgementOf(right: 0) }; break;
                case "other totals": _totals = _totals with { Wrong = 1 }; break;
                case "no answer": _assignments.Add(Held(capacitySlot: 0) with { State = AssignmentState.Submitted }); break;
                default: throw new ArgumentOutOfRangeException(nameof(damage), damage, "There is no such damage.");
            }
        }

        private static Gate Open { get; } = Gate.From(new GatePolicy { Evidence = new EvidenceClause { Enter = 0.5 } });

        private static string JudgementOf(int right)
        {
            var rows = Enumerable.Range(1, right).Select(sequence => new EvidenceRow(sequence, EvidenceKind.Gold, 1, 1)).ToArray();
            var figures = StandingFigures.Of(Workers[0], default(QualityFold).Replay(rows, new QualityPolicy().Discount), new AccuracyPrior(0.8, 4, 0));
            var inputs = new GateInputs { Figures = figures, At = new DateTimeOffset(At) };
            return StoredJudgement.Of(inputs, "{}", Open.Judge(inputs)).ToJson();
        }

        private static AssignmentRow Held(int capacitySlot) =>
            new(Guid.NewGuid(), 3, Workers[2], 1, 1, AssignmentState.Accepted, Counted: false, capacitySlot, At, EndedAt: null);

        private void Answer(long task, int slot, Guid worker)
        {
            var (assignment, operation) = (Guid.NewGuid(), Guid.NewGuid());
            _assignments.Add(new AssignmentRow(assignment, task, worker, slot, 1, AssignmentState.Submitted, Counted: true, 0, At, At.AddSeconds(9)));
            _answers.Add(new AnswerRow(operation, assignment, task, worker, Counted: true, At.AddSeconds(9)));
            Journal.Add(Entry(operation, worker, assignment, Outcome.Ok));
        }
    }
}
