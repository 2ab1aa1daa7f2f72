using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.Storage;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>What a world is made of, and what disturbs it.</summary>
internal sealed partial class World
{
    private DispatchPolicy DrawPolicy()
    {
        var isExplicit = Chance.Once(0.35);
        return new DispatchPolicy
        {
            Acceptance = isExplicit ? Acceptance.Explicit : Acceptance.Automatic,
            OfferTimeoutSeconds = Chance.Between(5, 15),
            SimultaneousOffers = isExplicit ? Chance.Between(1, 3) : 1,
            LeaseMaxSeconds = Chance.Between(30, 120),
            BreakMaxSeconds = Chance.Of([0, 10, 60]),
            DisconnectGraceSeconds = Chance.Between(5, 30),
            ReofferSeconds = ByTime(Chance.Of([0, 5, 20])),
            CooldownSeconds = ByTime(Chance.Of([0, 5, 30])),
            AttemptsMax = Chance.Of([1, 2, 3, 100]),
            CapacityCost = Chance.Of([1, 1, 1, 2]),
            Prefetch = isExplicit ? 0 : Chance.Between(0, 1),
            WorkerChoice = Chance.Of([WorkerChoice.LongestIdle, WorkerChoice.BestStanding, WorkerChoice.RoundRobin]),
            BatchOrder = Chance.Of([BatchOrder.Priority, BatchOrder.OldestFirst, BatchOrder.RoundRobin]),
            AgeingPerHour = Chance.Of([0.0, 10.0]),
        };
    }

    /// <summary>What comes within reach by the passing of time alone is a batch's to say, and no row's.</summary>
    private int ByTime(int seconds) => _size.NoWakeUps ? 0 : seconds;

    private Faults DrawFaults() => _size.Faultless
        ? Faults.None
        : new Faults
        {
            LostRequest = Chance.Of([0, 0.001, 0.01]),
            LostReply = Chance.Of([0, 0.001, 0.01]),
            LostHint = Chance.Of([0, 0.02, 0.2]),
            LostWakeUp = _size.NoWakeUps ? 1 : 0,
            DoubledHint = Chance.Of([0, 0.02, 0.2]),
            StoreFails = Chance.Of([0, 0.001, 0.01]),
            StoreForgetsToSay = Chance.Of([0, 0.001, 0.01]),
            Slow = Chance.Of([0, 0.01, 0.05]),

            // Of a chance of its own: the worlds that broke a promise once are to stay what they were.
            QueueFull = new SimChance(~Seed).Of([0, 0, 0, 0.02, 0.2]),
        };

    private void Create()
    {
        Store.CreateProjectAsync(
            new ProjectRecord { ProjectId = _project, Name = "project", FormType = "sim", FormSettings = "{}", Binding = "{}", Instructions = "", Lease = TimeSpan.FromSeconds(Chance.Between(10, 30)), Policy = Policy, Quality = Quality },
            Operation("create"), CancellationToken.None);
        for (var i = Chance.Between(1, 3); i > 0; i--) CreateBatch(isGolden: false);
        if (Chance.Once(0.5)) CreateBatch(isGolden: true);
        AddTasks(Chance.Between(1, _size.TasksMax));
        for (var i = Chance.Between(_size.WorkersMin, _size.WorkersMax); i > 0; i--) CreateWorker(i);
    }

    private void CreateBatch(bool isGolden)
    {
        var id = Chance.NewId();
        var selector = new Selector { Label = "skill", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText("2"), ExpiresAfterSeconds = Chance.Of([(int?)null, 5, 30]) is { } seconds && !_size.NoWakeUps ? seconds : null };
        var rule = new ExceptionRule { Name = "waits", WaitSeconds = Chance.Between(5, 30), Action = Chance.Of([RuleAction.RaisePriority, RuleAction.Relax]) };
        rule = rule.Action == RuleAction.RaisePriority ? rule with { By = 5 } : rule;
        Store.CreateBatchAsync(
            new BatchRecord
            {
                BatchId = id,
                ProjectId = _project,
                Name = $"batch {_batches.Count + 1}",
                Status = BatchStatus.Open,
                Priority = Chance.Between(0, 2),
                Overlap = 1,
                Tier = isGolden ? BatchTier.Golden : BatchTier.Standard,
                GoldUse = Chance.Once(0.4) ? GoldUse.Share : GoldUse.None,
                GoldShare = 0,
                Requires = Chance.Once(0.3) ? [selector] : [],
                Rules = Chance.Once(0.3) && !_size.NoWakeUps ? [rule] : [],
            },
            Operation("create"), CancellationToken.None);
        _batches.Add(id);
        if (isGolden) PublishGate(id);
    }

    private void AddTasks(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var gold = Chance.Once(0.3);
            var batch = Chance.Of(_batches);
            var control = gold && Store.Batches[batch].Record.GoldUse == GoldUse.Share;
            Store.AddTask(batch, $"task {++_keys}", overlap: control ? Quality.Gold.ExposuresMax : Chance.Of([1, 1, 2, 3]), priority: Chance.Of([0, 0, 1]), knownAnswer: gold ? "\"a\"" : null, isGold: gold, isControl: control);
        }
    }

    /// <summary>As whoever imported does, and as often as not the process was gone before it could.</summary>
    private void TellOfTasks()
    {
        if (_size.NoWakeUps || Chance.Once(0.5)) return;
        foreach (var batch in _batches) Chance.Of(Cluster.Processes).Actors.Batch(batch).StoreChanged();
    }

    private void CreateWorker(int number)
    {
        var id = Chance.NewId();
        Store.CreateWorkerAsync(
            new WorkerRecord { WorkerId = id, Name = $"worker {number}", DisplayName = $"worker {number}", Roles = [Roles.Worker], Labels = $$"""{"skill":{{Chance.Between(1, 3)}}}""", Capacity = Chance.Of([1, 1, 1, 2, 3]) },
            [_project], Operation("create"), CancellationToken.None);
        Annotators.Add(new SimAnnotator(this, id, _size.Faultless ? new Habits { FallsSilent = 0, LosesConnection = 0, IgnoresOffers = 0 } : new Habits(), Chance.Of([0.4, 0.7, 0.9, 1.0])));
    }

    /// <summary>From time to time something happens that is nobody's work: an import, a kill, a clock that steps, a supervisor.</summary>
    private void Disturb() => Loop.After(Chance.Seconds(0.5, 4), () =>
    {
        if (Annotators[0].IsCalm) return;
        switch (Chance.Between(0, 12))
        {
            case 0 or 1 or 2:
                AddTasks(Chance.Between(1, 6));
                TellOfTasks();
                break;
            case 3 when !_size.Faultless:
                Cluster.Kill(Chance.Of(Cluster.Processes));
                break;
            case 4 when !_size.Faultless:
                Chance.Of(Cluster.Processes).Clock.Skew = Chance.Seconds(-20, 20);
                break;
            case 5:
                Supervise();
                break;
            case 6:
                Chance.Of(Annotators).LoseConnection(told: Chance.Once(0.5));
                break;
            case 7 when !_size.Faultless:
                Cluster.Collect("worker", Chance.Of(Annotators).WorkerId);
                break;
            case 10 when !_size.Faultless:
                Cluster.Move(Chance.Of(Annotators).WorkerId);
                break;
            case 8 or 9:
                Judge();
                break;
        }

        Disturb();
    });

    private async void Supervise()
    {
        var batch = Store.Batches[Chance.Of(_batches)];
        var store = Chance.Of(Cluster.Processes).Store;
        try
        {
            switch (Chance.Between(0, 4))
            {
                case 0 when batch.Active.Count > 0:
                    var one = batch.Active.Keys.First();
                    var target = Chance.Once(0.5) ? Chance.Of(Annotators).WorkerId : (Guid?)null;
                    await store.WithdrawAsync(new WithdrawalScope { AssignmentId = one }, target, TimeSpan.FromSeconds(5), Operation("withdraw"), CancellationToken.None);
                    break;
                case 1:
                    await store.WithdrawAsync(new WithdrawalScope { WorkerId = Chance.Of(Annotators).WorkerId }, null, TimeSpan.Zero, Operation("clear"), CancellationToken.None);
                    break;
                case 2:
                    var dead = Store.Tasks.Values.Where(task => task.BatchId == batch.Record.BatchId && task.State == TaskState.DeadLetter).Take(3).Select(task => task.Key).ToArray();
                    if (dead.Length > 0) await store.ChangeTasksAsync(batch.Record.BatchId, TaskAction.Requeue, 0, dead, Operation("requeue"), CancellationToken.None);
                    break;
                case 3:
                    var open = batch.Open.Take(2).Select(place => Store.Tasks[place.TaskId].Key).ToArray();
                    if (open.Length > 0) await store.ChangeTasksAsync(batch.Record.BatchId, Chance.Once(0.3) ? TaskAction.Cancel : TaskAction.SetPriority, Chance.Between(-5, 5), open, Operation("steer"), CancellationToken.None);
                    break;
                case 4:
                    await store.ChangeBatchAsync(batch.Record.BatchId, new BatchChange { Status = BatchStatus.Paused }, [BatchStatus.Open], null, Operation("pause"), CancellationToken.None);
                    await Loop.Delay(Chance.Seconds(1, 5));
                    await Reopen(batch.Record.BatchId);
                    break;
            }
        }
        catch (StoreUnavailableException)
        {
            // A supervisor would repeat the command; here nobody needs it. Only a pause must end.
            await Reopen(batch.Record.BatchId);
        }
    }

    private Task Reopen(Guid batchId) =>
        Store.ChangeBatchAsync(batchId, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Paused], null, Operation("open"), CancellationToken.None);

    private Operation Operation(string kind) => new() { ActorId = _project, OperationId = Chance.NewId(), PayloadHash = [], Kind = kind };
}
