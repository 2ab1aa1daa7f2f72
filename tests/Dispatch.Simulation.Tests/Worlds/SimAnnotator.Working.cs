using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Simulation.Tests.Machinery;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>What the person does with work.</summary>
internal sealed partial class SimAnnotator
{
    private readonly HashSet<Guid> _silent = [];

    private async void Work(AssignmentMessage assignment)
    {
        var id = assignment.AssignmentId;
        _ = TryAsync(() => Call(() => Grain.Shown(id)));
        await _world.Loop.Delay(Chance.Seconds(_habits.ThinkMin.TotalSeconds, _habits.ThinkMax.TotalSeconds));
        if (Chance.Once(_habits.Drafts) && _held.ContainsKey(id))
        {
            var draft = new SaveDraftCommand { AssignmentId = id, LeaseEpoch = assignment.LeaseEpoch, Draft = new JsonText("{}"), Version = assignment.DraftVersion + 1 };
            _ = TryAsync(() => Grain.SaveDraft(draft));
        }

        if (IsCalm)
        {
            _busyWith.Remove(id);
            return;
        }

        if (Chance.Once(_habits.TakesABreak)) await SetActivityAsync(Activity.Break);
        if (Chance.Once(_habits.LosesConnection)) LoseConnection(told: Chance.Once(0.5));
        if (Chance.Once(_habits.FallsSilent))
        {
            // Asleep over the task: no heartbeat, until long after its lease.
            _silent.Add(id);
            await _world.Loop.Delay(Chance.Seconds(10, 90));
            _silent.Remove(id);
            if (!_held.ContainsKey(id) && !Chance.Once(_habits.AnswersLate))
            {
                _busyWith.Remove(id);
                return;
            }
        }

        if (Chance.Once(_habits.Returns)) await ReturnAsync(assignment);
        else await SubmitAsync(assignment);
        _busyWith.Remove(id);
    }

    private async void Decide(AssignmentMessage offer)
    {
        await _world.Loop.Delay(Chance.Seconds(0.1, 2));
        if (!_held.TryGetValue(offer.AssignmentId, out var still) || still.State != AssignmentState.Offered) return;
        if (!IsCalm && Chance.Once(_habits.IgnoresOffers)) return;
        if (!IsCalm && Chance.Once(_habits.Declines))
        {
            var decline = new DeclineCommand
            {
                OperationId = Chance.NewId(),
                AssignmentId = offer.AssignmentId,
                LeaseEpoch = offer.LeaseEpoch,
                RetryOfferAfterSeconds = Chance.Once(0.5) ? Chance.Between(1, 30) : null,
            };
            if (await RepeatAsync(() => Grain.Decline(decline), result => result.Refusal) is not { Refusal: null }) return;
            _held.Remove(offer.AssignmentId);
            Applied(position: null);
            return;
        }

        var accept = new AcceptCommand { OperationId = Chance.NewId(), AssignmentId = offer.AssignmentId, LeaseEpoch = offer.LeaseEpoch };
        var accepted = await RepeatAsync(() => Grain.Accept(accept, _connection), result => result.Refusal);
        if (accepted?.Assignment is { } work) Hold(work);
        else if (accepted is null or { Refusal: not null }) _held.Remove(offer.AssignmentId);
        else await ResyncAsync();
        Applied(accepted?.Position);
    }

    private async Task SubmitAsync(AssignmentMessage assignment)
    {
        var ahead = _held.Values.FirstOrDefault(other => other.State == AssignmentState.Reserved);
        var letter = Chance.Once(_skill) ? SimForm.Letters[0] : SimForm.Letters[Chance.Between(1, 2)];
        var answer = $"\"{letter}{Chance.NewId()}\"";
        var command = new SubmitCommand
        {
            OperationId = Chance.NewId(),
            AssignmentId = assignment.AssignmentId,
            LeaseEpoch = assignment.LeaseEpoch,
            Answer = new JsonText(answer),
            ActiveMs = Chance.Once(0.5) ? Chance.Between(-5, 20_000) : null,
            Showing = ahead?.AssignmentId,
        };
        if (Chance.Once(_habits.SubmitsTwice)) _ = TryAsync(() => Grain.Submit(command, _connection));
        var result = await RepeatAsync(() => Grain.Submit(command, _connection), outcome => outcome.Refusal);
        if (result is null) return;
        if (result.Refusal is { } refusal)
        {
            if (refusal.Code is RefusalCode.OperationConflict) _world.Fail("the same command was told to be another one");
            _held.Remove(assignment.AssignmentId);
            await ResyncAsync();
            return;
        }

        Acknowledged.Add((command.OperationId, assignment.AssignmentId, answer, result.KeptAside));
        _world.Invariants.Acknowledged(command.OperationId, WorkerId, assignment.AssignmentId, answer);
        _held.Remove(assignment.AssignmentId);
        if (ahead is not null && result.Next?.AssignmentId != ahead.AssignmentId) _held.Remove(ahead.AssignmentId);
        if (result.Reserved is { } reserved) Hold(reserved);
        if (result.Next is { } next) Hold(next);
        Applied(result.Position);
        if (result.Feedback is { Source: { } source, Score: < 1 } && Chance.Once(_habits.Disputes)) _ = DisputeAsync(assignment, source);
        if (Chance.Once(_habits.LooksAtStanding)) _ = TryAsync(async () => (object?)await Grain.GetStanding(assignment.ProjectId));
    }

    private Task<CommandResult?> DisputeAsync(AssignmentMessage assignment, string source)
    {
        var command = new DisputeCommand { OperationId = Chance.NewId(), ProjectId = assignment.ProjectId, AssignmentId = assignment.AssignmentId, Source = source, Reason = "I was right" };
        return RepeatAsync(() => Grain.Dispute(command), result => result.Refusal);
    }

    private async Task ReturnAsync(AssignmentMessage assignment)
    {
        var command = new ReturnCommand { OperationId = Chance.NewId(), AssignmentId = assignment.AssignmentId, LeaseEpoch = assignment.LeaseEpoch, Reason = "not mine" };
        await RepeatAsync(() => Grain.Return(command), result => result.Refusal);
        _held.Remove(assignment.AssignmentId);
        Applied(position: null);
    }

    private async Task SetActivityAsync(Activity activity)
    {
        var command = new SetActivityCommand { OperationId = Chance.NewId(), Activity = activity };
        if (await RepeatAsync(() => Grain.SetActivity(command), result => result.Refusal) is not { Refusal: null }) return;
        Activity = activity;
        if (activity != Activity.Available) ReturnFromPause();
    }

    /// <summary>As the SDK does it: the same command under the same id until the outcome is definite.</summary>
    private async Task<T?> RepeatAsync<T>(Func<Task<T>> call, Func<T, Refusal?> refusalOf)
        where T : class
    {
        using var inFlight = _order.Begin();
        for (var tries = 0; tries < 200; tries++)
        {
            if (!IsConnected || !_process.IsAlive)
            {
                await _world.Loop.Delay(Chance.Seconds(0.2, 2));
                if (!_process.IsAlive) _process = Chance.Of(_world.Cluster.Processes);
                continue;
            }

            if (await TryAsync(call) is { } result && refusalOf(result) is not { Code: RefusalCode.Busy or RefusalCode.OutcomeUnknown }) return result;
            await _world.Loop.Delay(Chance.Seconds(0.1, 0.5));
        }

        return null;
    }
}
