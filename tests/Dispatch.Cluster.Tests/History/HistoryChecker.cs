using Dispatch.Contracts;
using Dispatch.Engine.Quality;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.History;

/// <summary>
/// Compares what callers were told with what is in the database. Pure: rows and journal in, breaches out, one line each, beginning with the number of the
/// invariant. Nothing found is the only good answer.
/// </summary>
public static class HistoryChecker
{
    /// <summary>Breaches told of one invariant; more are only counted.</summary>
    private const int ToldMax = 10;

    private static readonly AssignmentState[] Active = [AssignmentState.Reserved, AssignmentState.Offered, AssignmentState.Accepted];

    public static IReadOnlyList<string> Check(IReadOnlyCollection<SubmitEntry> journal, CommittedState state)
    {
        List<string> breaches = [];
        Add("I1", Acknowledged(journal, state));
        Add("I2", Invoked(journal, state));
        Add("I3", Refused(journal, state));
        Add("I4", Overlap(state));
        Add("I5", Conserved(state));
        Add("I6", Capacity(state));
        Add("I7", Gated(state));
        Add("I8", Evaluated(state));
        Add("I8", Summed(state));
        Add("I11", GoldOnce(state));
        Add("I12", Ordered(state));
        return breaches;

        void Add(string invariant, IEnumerable<string> found)
        {
            var all = found.ToList();
            breaches.AddRange(all.Take(ToldMax).Select(breach => $"{invariant}: {breach}"));
            if (all.Count > ToldMax) breaches.Add($"{invariant}: and {all.Count - ToldMax} more");
        }
    }

    /// <summary>Every acknowledged submit has exactly one answer.</summary>
    private static IEnumerable<string> Acknowledged(IReadOnlyCollection<SubmitEntry> journal, CommittedState state)
    {
        var stored = state.Answers.CountBy(answer => answer.OperationId).ToDictionary();
        foreach (var entry in journal.Where(entry => entry.Outcome == Outcome.Ok))
        {
            var count = stored.GetValueOrDefault(entry.OperationId);
            if (count == 0) yield return $"submit {entry.OperationId} was acknowledged and is lost";
            if (count > 1) yield return $"submit {entry.OperationId} is stored {count} times";
        }
    }

    /// <summary>Every answer was sent by somebody, for that assignment.</summary>
    private static IEnumerable<string> Invoked(IReadOnlyCollection<SubmitEntry> journal, CommittedState state)
    {
        var sent = journal.ToDictionary(entry => entry.OperationId);
        foreach (var answer in state.Answers)
        {
            if (!sent.TryGetValue(answer.OperationId, out var entry)) yield return $"answer {answer.OperationId} was sent by nobody";
            else if (entry.AssignmentId != answer.AssignmentId || entry.WorkerId != answer.WorkerId) yield return $"answer {answer.OperationId} is stored for another assignment or worker than it was sent for";
        }
    }

    /// <summary>What was refused for good left nothing behind.</summary>
    private static IEnumerable<string> Refused(IReadOnlyCollection<SubmitEntry> journal, CommittedState state)
    {
        var stored = state.Answers.Select(answer => answer.OperationId).ToHashSet();
        return from entry in journal
               where entry.Outcome == Outcome.Fail && stored.Contains(entry.OperationId)
               select $"submit {entry.OperationId} was refused ({entry.Code}) and is stored";
    }

    /// <summary>A task has no more counted answers than it asked for, and no worker counts twice on it.</summary>
    private static IEnumerable<string> Overlap(CommittedState state)
    {
        var tasks = state.Tasks.ToDictionary(task => task.TaskId);
        foreach (var group in state.Answers.Where(answer => answer.Counted).GroupBy(answer => answer.TaskId))
        {
            if (!tasks.TryGetValue(group.Key, out var task)) yield return $"task {group.Key} has answers and does not exist";
            else if (!task.IsControl && group.Count() > task.Overlap) yield return $"task {group.Key} wanted {task.Overlap} answers and has {group.Count()}";
            foreach (var worker in group.CountBy(answer => answer.WorkerId).Where(worker => worker.Value > 1)) yield return $"worker {worker.Key} counts {worker.Value} times on task {group.Key}";
        }

        foreach (var slot in state.Assignments.Where(Holds).CountBy(assignment => (assignment.TaskId, assignment.Slot)).Where(slot => slot.Value > 1))
        {
            yield return $"slot {slot.Key.Slot} of task {slot.Key.TaskId} is held or answered {slot.Value} times";
        }
    }

    /// <summary>No task appears from nowhere or is forgotten, and the counters say what the rows say.</summary>
    private static IEnumerable<string> Conserved(CommittedState state)
    {
        var answers = state.Answers.Where(answer => answer.Counted).CountBy(answer => answer.TaskId).ToDictionary();
        var byBatch = state.Tasks.ToLookup(task => task.BatchId);
        foreach (var counter in state.Counters)
        {
            var tasks = byBatch[counter.BatchId].Where(task => !task.IsControl).ToList();
            var of = tasks.CountBy(task => task.State).ToDictionary();
            if (counter.Tasks != tasks.Count) yield return $"batch {counter.BatchId} counts {counter.Tasks} tasks and has {tasks.Count}";
            if (counter.Completed != of.GetValueOrDefault(TaskState.Completed)) yield return $"batch {counter.BatchId} counts {counter.Completed} completed tasks and has {of.GetValueOrDefault(TaskState.Completed)}";
            if (counter.Dead != of.GetValueOrDefault(TaskState.DeadLetter)) yield return $"batch {counter.BatchId} counts {counter.Dead} dead letters and has {of.GetValueOrDefault(TaskState.DeadLetter)}";
            if (counter.Canceled != of.GetValueOrDefault(TaskState.Canceled)) yield return $"batch {counter.BatchId} counts {counter.Canceled} canceled tasks and has {of.GetValueOrDefault(TaskState.Canceled)}";
            var counted = tasks.Sum(task => answers.GetValueOrDefault(task.TaskId));
            if (counter.Answers != counted) yield return $"batch {counter.BatchId} counts {counter.Answers} answers and has {counted}";
        }

        foreach (var task in state.Tasks.Where(task => !task.IsControl))
        {
            var has = answers.GetValueOrDefault(task.TaskId);
            if (task.State == TaskState.Completed && has < task.Overlap) yield return $"task {task.TaskId} is completed with {has} of {task.Overlap} answers";
            if (task.State == TaskState.Open && has >= task.Overlap) yield return $"task {task.TaskId} is open with all of its {task.Overlap} answers";
        }
    }

    /// <summary>Nobody holds more than they have room for, and no place is filled twice.</summary>
    private static IEnumerable<string> Capacity(CommittedState state)
    {
        foreach (var worker in state.Assignments.Where(assignment => Active.Contains(assignment.State)).GroupBy(assignment => assignment.WorkerId))
        {
            var accepted = worker.Count(assignment => assignment.State == AssignmentState.Accepted);
            var capacity = state.Capacity.GetValueOrDefault(worker.Key);
            if (accepted > capacity) yield return $"worker {worker.Key} holds {accepted} and has room for {capacity}";
            if (worker.CountBy(assignment => assignment.CapacitySlot).Any(slot => slot.Value > 1)) yield return $"worker {worker.Key} fills one place twice";
        }
    }

    /// <summary>Every golden assignment passed its gate, judged again from what was stored with it and from the evidence rows.</summary>
    private static IEnumerable<string> Gated(CommittedState state)
    {
        var evidence = Evidence(state);
        foreach (var golden in state.Golden)
        {
            var rows = evidence[(golden.WorkerId, golden.ProjectId)].TakeWhile(row => row.Sequence <= golden.Sequence).ToList();
            if (GateProof.WhatIsWrong(state.Gates.GetValueOrDefault((golden.BatchId, golden.PolicyVersion)), golden.Judgement, golden.WorkerId, rows, state.Discount, golden.Waited) is { } wrong) yield return $"{wrong} (assignment {golden.AssignmentId})";
        }
    }

    /// <summary>What the board reads of a worker is the fold of the worker's rows up to the one it cites, to the bit.</summary>
    private static IEnumerable<string> Summed(CommittedState state)
    {
        var evidence = Evidence(state);
        foreach (var totals in state.Totals)
        {
            var fold = default(QualityFold).Replay([.. evidence[(totals.WorkerId, totals.ProjectId)].TakeWhile(row => row.Sequence <= totals.Sequence)], state.Discount);
            if (fold.Right != totals.Right || fold.Wrong != totals.Wrong) yield return $"worker {totals.WorkerId} stands with {totals.Right} right and {totals.Wrong} wrong, and the rows say {fold.Right} and {fold.Wrong}";
        }
    }

    private static ILookup<(Guid WorkerId, Guid ProjectId), EvidenceRow> Evidence(CommittedState state) =>
        state.Evaluations.OrderBy(row => row.Sequence).ToLookup(row => (row.WorkerId, row.ProjectId), row => row.Masks is { } masks ? EvidenceRow.Mask(row.Sequence, masks) : Grains.Evidence.Of(row.Sequence, row.Kind, row.Score, row.Weight));

    /// <summary>One source is judged once, sequences have no gap, and what judges an answer has its answer.</summary>
    private static IEnumerable<string> Evaluated(CommittedState state)
    {
        var answered = state.Answers.Select(answer => answer.AssignmentId).ToHashSet();
        foreach (var fold in state.Evaluations.GroupBy(row => (row.WorkerId, row.ProjectId)))
        {
            if (fold.Select(row => row.Sequence).Distinct().Count() != fold.Count()) yield return $"worker {fold.Key.WorkerId} has two evaluations under one sequence";
            if (fold.Select(row => row.Source).Distinct().Count() != fold.Count()) yield return $"worker {fold.Key.WorkerId} is judged twice by one source";
            foreach (var row in fold.Where(row => row.AssignmentId is { } id && !answered.Contains(id))) yield return $"assignment {row.AssignmentId} was judged and has no answer";
        }
    }

    /// <summary>No gold task was answered twice by one worker.</summary>
    private static IEnumerable<string> GoldOnce(CommittedState state)
    {
        var gold = state.Tasks.Where(task => task.IsGold).Select(task => task.TaskId).ToHashSet();
        return from pair in state.Answers.Where(answer => gold.Contains(answer.TaskId)).CountBy(answer => (answer.TaskId, answer.WorkerId))
               where pair.Value > 1
               select $"worker {pair.Key.WorkerId} answered gold task {pair.Key.TaskId} {pair.Value} times";
    }

    /// <summary>Each hold of a slot has an epoch of its own that grows with time, and ends before the next begins; an answer comes after its hold began.</summary>
    private static IEnumerable<string> Ordered(CommittedState state)
    {
        var byId = state.Assignments.GroupBy(assignment => assignment.AssignmentId).ToDictionary(group => group.Key, group => group.First());
        foreach (var answer in state.Answers)
        {
            if (!byId.TryGetValue(answer.AssignmentId, out var assignment)) yield return $"answer {answer.OperationId} has no assignment";
            else if (answer.SubmittedAt < assignment.OfferedAt) yield return $"answer {answer.OperationId} is older than its lease";
            else if (assignment.State is not (AssignmentState.Submitted or AssignmentState.Approved or AssignmentState.Rejected)) yield return $"assignment {answer.AssignmentId} is {assignment.State} and has an answer";
        }

        foreach (var assignment in state.Assignments.Where(assignment => assignment.State == AssignmentState.Submitted))
        {
            if (!state.HasAnswer(assignment.AssignmentId)) yield return $"assignment {assignment.AssignmentId} is submitted and has no answer";
        }

        foreach (var slot in state.Assignments.Where(assignment => assignment.LeaseEpoch > 0).GroupBy(assignment => (assignment.TaskId, assignment.Slot)))
        {
            foreach (var epoch in slot.CountBy(assignment => assignment.LeaseEpoch).Where(epoch => epoch.Value > 1)) yield return $"epoch {epoch.Key} of slot {slot.Key.Slot} of task {slot.Key.TaskId} was given {epoch.Value} times";
        }
    }

    private static bool Holds(AssignmentRow assignment) => assignment.Counted || assignment.State is AssignmentState.Reserved or AssignmentState.Accepted;
}
