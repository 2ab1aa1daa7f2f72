using Dispatch.Contracts;
using Dispatch.Storage;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>
/// The promises, checked on the committed rows after every step that changed some. Named after section 2 of the design (P) and the
/// fault list (I).
/// </summary>
internal sealed class Invariants(World world)
{
    private readonly HashSet<ModelTask> _changed = [];
    private readonly Dictionary<(long TaskId, int Slot), int> _epochs = [];
    private readonly HashSet<Guid> _seen = [];
    private readonly HashSet<Guid> _keptAside = [];
    private readonly Dictionary<Guid, (Guid WorkerId, Guid AssignmentId, string Answer)> _acknowledged = [];

    public long Checked { get; private set; }

    /// <summary>Late answers that counted for their worker's second hold.</summary>
    public int Folded => world.Store.Assignments.Values.Count(held => held.EndReason == LateAnswer.FoldedReason);

    /// <summary>A hash of everything that was committed, in its order: the same history, the same number.</summary>
    public ulong History { get; private set; } = 14_695_981_039_346_656_037;

    public void Touch(ModelTask task) => _changed.Add(task);

    /// <summary>P1: what is acknowledged is in the database, once, as it was sent.</summary>
    public void Acknowledged(Guid operationId, Guid workerId, Guid assignmentId, string answer)
    {
        _acknowledged[operationId] = (workerId, assignmentId, answer);
        CheckAcknowledged(operationId);
    }

    public void AfterStep()
    {
        if (_changed.Count == 0) return;
        foreach (var task in _changed)
        {
            CheckTask(task);
            Record(task);
        }

        Checked += _changed.Count;
        _changed.Clear();
    }

    public void AtTheEnd()
    {
        foreach (var operationId in _acknowledged.Keys) CheckAcknowledged(operationId);
        foreach (var batch in world.Store.Batches.Values) CheckCounters(batch);
        foreach (var worker in world.Store.Workers.Values)
        {
            var sequences = worker.Evaluations.Select(row => (row.ProjectId, row.Sequence)).ToArray();
            Require(sequences.Distinct().Count() == sequences.Length, "I9", "an evaluation sequence was used twice");
            Require(worker.Evaluations.Select(row => row.Source).Distinct().Count() == worker.Evaluations.Count, "I9", "one answer was evaluated twice");
        }
    }

    /// <summary>P10: no eligible idle worker waits while an eligible task exists that has been there for a second. Workers who do, and for what.</summary>
    public IEnumerable<(Guid WorkerId, string What)> WhoWaits()
    {
        foreach (var annotator in world.Annotators.Where(annotator => annotator is { IsConnected: true, Activity: Activity.Available }))
        {
            var worker = world.Store.Workers[annotator.WorkerId];
            if (worker.Activities.Count == 0 || worker.Activities[^1].Activity != Activity.Available) continue;
            var used = worker.Active.Values.Where(held => held.State != AssignmentState.Reserved).Sum(held => held.Cost);
            if (used + world.Policy.CapacityCost > worker.Record.Capacity || world.Standings.IsBarred(annotator.WorkerId)) continue;
            foreach (var batch in world.Store.Batches.Values.Where(batch => batch.Record.Status == BatchStatus.Open && worker.Projects.Contains(batch.Record.ProjectId)))
            {
                var age = World.MinTaskAge(batch.Record, worker.Record);
                if (world.Standings.GateAge(batch, worker) is not { } gateAge) continue;
                if (age < gateAge) age = gateAge;
                var task = batch.Open.Select(place => world.Store.Tasks[place.TaskId]).FirstOrDefault(task => WasFor(task, annotator.WorkerId, age, world.Loop.Now - TimeSpan.FromSeconds(1.5)));
                if (task is null) continue;
                yield return (annotator.WorkerId, $"P10: worker {annotator.WorkerId} waits while task {task.Key} of batch {batch.Record.Name} is there: {Describe(task)}");
                break;
            }
        }
    }

    /// <summary>P4: what a connected worker sees is what is in the database. Workers who do not, and how.</summary>
    public IEnumerable<(Guid WorkerId, string What)> WhoSeesOtherwise()
    {
        foreach (var annotator in world.Annotators.Where(annotator => annotator.IsConnected))
        {
            var truth = world.Store.Workers[annotator.WorkerId].Active.Keys.Order().ToArray();
            var seen = annotator.Held.Keys.Order().ToArray();
            if (!truth.SequenceEqual(seen)) yield return (annotator.WorkerId, $"P4: worker {annotator.WorkerId} sees {seen.Length} assignments and holds {truth.Length}: {Differences(annotator)}");
        }
    }

    private string Describe(ModelTask task)
    {
        var held = string.Join(", ", task.Assignments.Select(held => $"slot {held.Slot} epoch {held.LeaseEpoch} {held.State} of {held.WorkerId.ToString()[..4]}, ended {Ago(held.EndedAt)}, again {Ago(held.RetryAt)}"));
        return $"overlap {task.Overlap}, queued {Ago(task.QueuedAt)}, kept until {Ago(task.KeptUntil)}{(task.Relaxed ? ", relaxed" : "")}; {held}";
    }

    private string Ago(DateTimeOffset? at) => at is { } time ? $"{(world.Loop.Now - time).TotalSeconds:F1} s ago" : "never";

    private string Differences(SimAnnotator annotator) => string.Join(
        ", ",
        world.Store.Workers[annotator.WorkerId].Active.Values.Where(held => !annotator.Held.ContainsKey(held.AssignmentId))
            .Select(held => $"{held.State} for {(world.Loop.Now - held.OfferedAt).TotalSeconds:F1} s, unseen")
            .Concat(annotator.Held.Values.Where(held => !world.Store.Workers[annotator.WorkerId].Active.ContainsKey(held.AssignmentId))
                .Select(held => $"{held.State}, seen, gone")));

    private bool WasFor(ModelTask task, Guid workerId, TimeSpan? minAge, DateTimeOffset at)
    {
        if (task.State != TaskState.Open || task.QueuedAt > at) return false;
        if (!task.Relaxed && (minAge is not { } age || task.CreatedAt + age > at)) return false;
        if (task.KeptFor is { } keptFor && keptFor != workerId && task.KeptUntil > at) return false;
        if (task.Assignments.Exists(held => held.WorkerId == workerId && (held.IsActive || held.Counted || held.RetryAt is null || held.RetryAt > at))) return false;
        var offersMax = world.Policy.Acceptance == Contracts.Policies.Acceptance.Explicit ? world.Policy.SimultaneousOffers : 1;
        return Enumerable.Range(0, task.Overlap).Any(slot =>
            !task.SlotIsTaken(slot) && task.Assignments.Count(held => held.Slot == slot && held.State == AssignmentState.Offered) < offersMax &&
            task.Assignments.Where(held => held.Slot == slot && held.EndedAt is not null).All(held => held.EndedAt <= at));
    }

    private void Record(ModelTask task)
    {
        Mix(world.Loop.Steps);
        Mix(world.Loop.Now.UtcTicks);
        Mix(task.TaskId);
        Mix((long)task.State);
        Mix(task.Counted);
        foreach (var held in task.Assignments)
        {
            Mix(held.LeaseEpoch);
            Mix((long)held.State);
            Mix(held.CapacitySlot);
            Mix(held.LeaseUntil.UtcTicks);
            foreach (var part in held.AssignmentId.ToByteArray()) Mix(part);
        }
    }

    // FNV-1a: GetHashCode of a string or a reference would differ between two processes.
    private void Mix(long value) => History = unchecked((History ^ (ulong)value) * 1_099_511_628_211);

    private void CheckTask(ModelTask task)
    {
        var counted = task.Assignments.Where(held => held.Counted).ToArray();
        Require(counted.Length <= task.Overlap, "P2", $"task {task.Key} has {counted.Length} counted answers and needs {task.Overlap}");
        Require(counted.Select(held => held.WorkerId).Distinct().Count() == counted.Length, "P2", $"task {task.Key} counts one worker twice");
        Require(counted.All(held => held.State is AssignmentState.Submitted or AssignmentState.Approved), "I3", $"task {task.Key} counts an assignment that was not answered");
        foreach (var slot in task.Assignments.Where(held => held.Holds || held.Counted).GroupBy(held => held.Slot))
        {
            Require(slot.Count() == 1, "I2", $"slot {slot.Key} of task {task.Key} is held or counted {slot.Count()} times");
        }

        Require(task.State != TaskState.Completed || counted.Length >= task.Overlap, "I4", $"task {task.Key} is complete with {counted.Length} of {task.Overlap} answers");
        Require(task.State != TaskState.Open || task.IsControl || counted.Length < task.Overlap, "I4", $"task {task.Key} is open with all its answers");
        Require(
            !task.Assignments.Exists(held => held.IsActive && task.Assignments.Exists(other => other.WorkerId == held.WorkerId && other.State is AssignmentState.Submitted or AssignmentState.Approved)),
            "I10",
            $"task {task.Key} is asked of a worker who has answered it: {Describe(task)}");
        foreach (var held in task.Assignments) CheckAssignment(task, held);
    }

    private void CheckAssignment(ModelTask task, ModelAssignment held)
    {
        if (_seen.Add(held.AssignmentId))
        {
            Check(world.Standings.OfNew(task, held));
            // Where a rejected answer took its slot with it, the last slot was renumbered: then only the rows say what a slot had.
            var last = task.Assignments.Exists(other => other.State == AssignmentState.Rejected)
                ? task.Assignments.Where(other => other != held && other.Slot == held.Slot && _seen.Contains(other.AssignmentId)).Select(other => other.LeaseEpoch).DefaultIfEmpty(0).Max()
                : _epochs.GetValueOrDefault((task.TaskId, held.Slot));
            Require(held.LeaseEpoch > last, "I5", $"slot {held.Slot} of task {task.Key} was handed out under epoch {held.LeaseEpoch} after {last}: {Describe(task)}");
            _epochs[(task.TaskId, held.Slot)] = held.LeaseEpoch;
            Require(
                task.Assignments.TrueForAll(other => other == held || other.WorkerId != held.WorkerId || other.IsActive || other.RetryAt <= held.OfferedAt || other.EndedAt > held.OfferedAt),
                "skip",
                $"task {task.Key} came back to a worker who had handed it back, or before its time");
        }

        CheckKeptAside(task, held);
        if (!held.IsActive) return;
        var worker = world.Store.Workers[held.WorkerId];
        var active = worker.Active.Values;
        Require(active.Select(other => other.CapacitySlot).Distinct().Count() == active.Count, "I6", $"worker {held.WorkerId} fills one capacity slot twice");
        Require(active.Where(other => other.State != AssignmentState.Reserved).Sum(other => other.Cost) <= worker.Record.Capacity, "I6", $"worker {held.WorkerId} holds more than the capacity");
    }

    /// <summary>What was done counts while nobody else was given its place.</summary>
    private void CheckKeptAside(ModelTask task, ModelAssignment held)
    {
        // Judged by the rows of the transaction that kept it aside. A task that opens again later does so because a reviewer rejected an answer, which took its slot with it: then nothing
        // says any more who had been given the place.
        if (held is not { State: AssignmentState.Submitted, Counted: false, Late: true } || !_keptAside.Add(held.AssignmentId)) return;
        if (task.State != TaskState.Open || held.Slot >= task.Overlap) return;
        Require(
            task.Assignments.Exists(other => other != held && (other.WorkerId == held.WorkerId ? other.Counted : other.Slot == held.Slot && other.OfferedAt >= held.OfferedAt)),
            "I11",
            $"an answer to task {task.Key} was kept aside, and nobody else was given its place: {Describe(task)}");
    }

    private void CheckAcknowledged(Guid operationId)
    {
        var (workerId, assignmentId, answer) = _acknowledged[operationId];
        Require(world.Store.Operations.ContainsKey((workerId, operationId)), "P1", "an acknowledged operation is not stored");
        Require(world.Store.Assignments.GetValueOrDefault(assignmentId) is { State: AssignmentState.Submitted or AssignmentState.Approved or AssignmentState.Rejected }, "P1", "an acknowledged answer's assignment is not submitted");
        _ = answer;
    }

    private void CheckCounters(ModelBatch batch)
    {
        var tasks = world.Store.Tasks.Values.Where(task => task.BatchId == batch.Record.BatchId && !task.IsControl).ToArray();
        Require(batch.Tasks == tasks.Length, "I7", "tasks are miscounted");
        Require(batch.Completed == tasks.Count(task => task.State == TaskState.Completed), "I7", "completed tasks are miscounted");
        Require(batch.Dead == tasks.Count(task => task.State == TaskState.DeadLetter), "I7", "dead letters are miscounted");
        Require(batch.Canceled == tasks.Count(task => task.State == TaskState.Canceled), "I7", "canceled tasks are miscounted");
        Require(batch.Answers == tasks.Sum(task => task.Counted), "I7", "answers are miscounted");
        var sent = world.Annotators.SelectMany(annotator => annotator.Acknowledged).ToDictionary(entry => entry.OperationId);
        Require(batch.AnswerRows.Select(row => row.Assignment.AssignmentId).Distinct().Count() == batch.AnswerRows.Count, "P2", "one assignment has two answers");
        foreach (var row in batch.AnswerRows)
        {
            if (!sent.TryGetValue(row.OperationId, out var entry)) continue;
            Require(row.Answer == entry.Answer, "P1", "a stored answer is not the one that was sent");
            Require(row.Assignment.State != AssignmentState.Submitted || row.Counted != entry.KeptAside, "P9", "the worker was told otherwise than what was stored");
        }
    }

    private void Check(string? violation)
    {
        if (violation is not null) world.Fail(violation);
    }

    private void Require(bool holds, string name, string what)
    {
        if (!holds) world.Fail($"{name}: {what}");
    }
}
