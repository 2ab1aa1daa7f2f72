using System.Collections.Concurrent;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.Api;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>Offers, what is sent ahead, and breaks, through the real hub.</summary>
[Collection(nameof(LiveServer))]
public sealed class OfferTests(LiveServer server)
{
    private static readonly DispatchPolicy AskTwo = new() { Acceptance = Acceptance.Explicit, SimultaneousOffers = 2 };
    private static readonly DispatchPolicy Ahead = new() { Prefetch = 1 };

    private static async Task<AssignmentMessage> OfferAsync(WorkerConnection worker)
    {
        await LiveServer.EventuallyAsync(() => worker.Offers.Count == 1, "an offer");
        return worker.Offers[0];
    }

    [Fact]
    public async Task Offer_ToTwo_TheFirstToAcceptHasItAndTheOtherNeverSawIt()
    {
        var (project, batch) = await server.SeedAsync(1, policy: AskTwo);
        await using var ann = await server.ConnectAsync(project);
        await using var bob = await server.ConnectAsync(project);
        ConcurrentQueue<AssignmentMessage> seen = new();
        ann.Asked += seen.Enqueue;
        ann.Offered += seen.Enqueue;
        var told = new TaskCompletionSource<AssignmentWithdrawn?>(TaskCreationOptions.RunContinuationsAsynchronously);
        ann.Withdrawn += (_, push) => told.TrySetResult(push);
        await ann.SetActivityAsync(Activity.Available);
        await bob.SetActivityAsync(Activity.Available);
        var (anns, bobs) = (await OfferAsync(ann), await OfferAsync(bob));
        anns.AssignmentId.ShouldNotBe(bobs.AssignmentId);
        (await server.TaskAsync(batch, "t/1")).Held.ShouldBe(0, "an offer holds nothing");

        var accepted = await bob.AcceptAsync(bobs);

        accepted.Refusal.ShouldBeNull();
        accepted.Assignment!.Content.Json.ShouldContain("p 1");
        var push = await told.Task.WaitAsync(LiveServer.Patience);
        (push!.AssignmentId, push.State).ShouldBe((anns.AssignmentId, AssignmentState.Rescinded));
        seen.Select(message => (message.AssignmentId, message.Content?.Json ?? "null")).ShouldBe([(anns.AssignmentId, "null")]);
        ann.Offers.ShouldBeEmpty();
        (await server.Api.GetAssignmentAsync(anns.AssignmentId)).State.ShouldBe(AssignmentState.Rescinded);
        (await ann.AcceptAsync(anns)).Refusal!.Code.ShouldBe(RefusalCode.OfferGone);
        ann.Activity.ShouldBe(Activity.Available, "being slower is held against nobody");
        (await bob.SubmitAsync(accepted.Assignment, Requests.ChooseFirst)).Refusal.ShouldBeNull();
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(1);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("drain")]
    [InlineData("close")]
    public async Task Offer_OfABatchThatStops_IsTakenBackAndCannotBeAccepted(string action)
    {
        var (project, batch) = await server.SeedAsync(2, policy: AskTwo);
        await using var bob = await server.AvailableAsync(project);
        var work = (await bob.AcceptAsync(await OfferAsync(bob))).Assignment!;
        await using var ann = await server.AvailableAsync(project);
        var offer = await OfferAsync(ann);
        var told = new TaskCompletionSource<AssignmentWithdrawn?>(TaskCreationOptions.RunContinuationsAsynchronously);
        ann.Withdrawn += (_, push) => told.TrySetResult(push);

        await server.Api.ChangeBatchAsync(batch, action);

        var push = await told.Task.WaitAsync(LiveServer.Patience);
        (push!.AssignmentId, push.State).ShouldBe((offer.AssignmentId, AssignmentState.Rescinded));
        push.Reason.ShouldEndWith("It is not held against you.");
        ann.Offers.ShouldBeEmpty();
        (await ann.AcceptAsync(offer)).Refusal!.Code.ShouldBe(RefusalCode.OfferGone);
        ann.Activity.ShouldBe(Activity.Available);
        (await bob.SubmitAsync(work, Requests.ChooseFirst)).Refusal.ShouldBeNull("accepted work may be finished");
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(1);
        if (action != "pause") return;
        await server.Api.ChangeBatchAsync(batch, "open");
        (await ann.AcceptAsync(await OfferAsync(ann))).Assignment!.Content.Json.ShouldContain("p 2");
    }

    [Fact]
    public async Task Offer_WhenItsWorkerLeavesTheProject_IsTakenBack()
    {
        var (project, _) = await server.SeedAsync(1, policy: AskTwo);
        await using var ann = await server.AvailableAsync(project);
        var offer = await OfferAsync(ann);

        (await server.Boss.SendJsonAsync(HttpMethod.Delete, $"api/v1/workers/{ann.Snapshot!.WorkerId}/projects/{project}", null)).EnsureSuccessStatusCode();

        await LiveServer.EventuallyAsync(() => ann.Offers.Count == 0, "the offer gone");
        (await ann.AcceptAsync(offer)).Refusal!.Code.ShouldBe(RefusalCode.OfferGone);
    }

    [Fact]
    public async Task Offer_AcceptedByBothAtOnce_IsHeldByOne()
    {
        var (project, batch) = await server.SeedAsync(1, policy: AskTwo);
        await using var ann = await server.AvailableAsync(project);
        await using var bob = await server.AvailableAsync(project);
        var (anns, bobs) = (await OfferAsync(ann), await OfferAsync(bob));

        var results = await Task.WhenAll(ann.AcceptAsync(anns), bob.AcceptAsync(bobs));

        results.Count(result => result.Refusal is null).ShouldBe(1);
        results.Single(result => result.Refusal is not null).Refusal!.Code.ShouldBe(RefusalCode.OfferGone);
        (await server.TaskAsync(batch, "t/1")).Held.ShouldBe(1);
    }

    [Fact]
    public async Task Offer_NotAccepted_CannotBeAnsweredOrReturned()
    {
        var (project, batch) = await server.SeedAsync(1, policy: AskTwo);
        await using var ann = await server.AvailableAsync(project);
        var offer = await OfferAsync(ann);

        (await ann.SubmitAsync(offer, Requests.ChooseFirst)).Refusal.ShouldNotBeNull();
        (await ann.ReturnAsync(offer, "no")).Refusal.ShouldNotBeNull();
        (await ann.AcceptAsync(offer with { LeaseEpoch = offer.LeaseEpoch + 1 })).Refusal!.Code.ShouldBe(RefusalCode.StaleLease);
        foreach (var wait in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(604_801)])
        {
            var refusal = (await ann.DeclineAsync(offer, "later", wait)).Refusal!;
            (refusal.Code, refusal.Place).ShouldBe((RefusalCode.ValueOutOfRange, "$.retryOfferAfterSeconds"));
        }

        (await ann.DeclineAsync(offer, new string('r', Limits.ReasonCharacters + 1))).Refusal!.Place.ShouldBe("$.reason");
        (await server.Api.GetAssignmentAsync(offer.AssignmentId)).State.ShouldBe(AssignmentState.Offered);
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(0);
    }

    [Fact]
    public async Task Decline_WithARetry_BringsTheTaskBackAfterItAndNotBefore()
    {
        var (project, batch) = await server.SeedAsync(1, policy: AskTwo);
        await using var ann = await server.AvailableAsync(project);
        var offer = await OfferAsync(ann);

        (await ann.DeclineAsync(offer, "in a moment", TimeSpan.FromSeconds(2))).Refusal.ShouldBeNull();

        ann.Offers.ShouldBeEmpty();
        var declined = await server.Api.GetAssignmentAsync(offer.AssignmentId);
        declined.State.ShouldBe(AssignmentState.Declined);
        await Eventually.TrueAsync(async () => (await server.GetAsync<TaskExplanationDto>($"batches/{batch}/tasks/explain?key=t/1")).IdleWorkers is [{ Reason: "cooling_down" }], LiveServer.Patience, "cooling down");
        var again = await OfferAsync(ann);
        (again.OfferedAt - declined.EndedAt!.Value).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2));
        (await ann.AcceptAsync(again)).Assignment!.Content.Json.ShouldContain("p 1");
    }

    [Fact]
    public async Task Decline_WithoutARetry_IsForGoodAndGoesToTheNext()
    {
        var (project, batch) = await server.SeedAsync(1, policy: AskTwo with { SimultaneousOffers = 1 });
        await using var ann = await server.AvailableAsync(project);
        var offer = await OfferAsync(ann);
        await using var bob = await server.AvailableAsync(project);
        bob.Offers.ShouldBeEmpty();

        (await ann.DeclineAsync(offer, "not mine")).Refusal.ShouldBeNull();

        var bobs = await OfferAsync(bob);
        (await bob.DeclineAsync(bobs, "nor mine")).Refusal.ShouldBeNull();
        await Eventually.TrueAsync(async () => (await server.GetAsync<TaskExplanationDto>($"batches/{batch}/tasks/explain?key=t/1")).IdleWorkers is [{ Reason: "handed_back", Workers: 2 }], LiveServer.Patience, "handed back by both");
        ann.Offers.ShouldBeEmpty();
        (await server.Api.GetBatchAsync(batch)).DeadLetters.ShouldBe(0, "declining is held against no task");
    }

    [Fact]
    public async Task Prefetch_SendsTheNextAheadAndShowsItInTheCommitOfTheAnswer()
    {
        var (project, batch) = await server.SeedAsync(12, policy: Ahead);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await ann.ShownAsync(task.AssignmentId);
        var first = await ann.SubmitAsync(task, Requests.ChooseFirst);
        first.Refusal.ShouldBeNull();
        await LiveServer.EventuallyAsync(() => ann.Ahead is not null, "something ahead");
        var (shown, ahead) = (ann.Held.ShouldHaveSingleItem(), ann.Ahead!);
        (await server.Api.GetAssignmentAsync(ahead.AssignmentId)).State.ShouldBe(AssignmentState.Reserved);
        ahead.Content.Json.ShouldContain("p ");

        var result = await ann.SubmitAsync(shown, Requests.ChooseFirst);

        result.Refusal.ShouldBeNull();
        result.Next!.AssignmentId.ShouldBe(ahead.AssignmentId);
        var promoted = await server.Api.GetAssignmentAsync(ahead.AssignmentId);
        promoted.State.ShouldBe(AssignmentState.Accepted);
        var answered = await server.Api.GetAssignmentAsync(shown.AssignmentId);
        promoted.LeaseUntil.ShouldBe(answered.EndedAt!.Value.AddSeconds(600), "one commit has one time");
        result.Reserved!.State.ShouldBe(AssignmentState.Reserved);
        new[] { task, shown, ahead, result.Reserved }.Select(message => message.AssignmentId).Distinct().Count().ShouldBe(4);
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(2);
    }

    [Fact]
    public async Task Break_InMidTask_StopsTheLeaseClock()
    {
        var (project, _) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        var until = (await server.Api.GetAssignmentAsync(task.AssignmentId)).LeaseUntil;
        await ann.SetActivityAsync(Activity.Break, "coffee");
        await Eventually.TrueAsync(async () => (await ann.GetLedgerAsync(task.OfferedAt.AddHours(-1), task.OfferedAt.AddHours(1))).BreakSeconds >= 1, LiveServer.Patience, "a second of break");

        await ann.SetActivityAsync(Activity.Available);

        var rested = (await ann.GetLedgerAsync(task.OfferedAt.AddHours(-1), task.OfferedAt.AddHours(1))).BreakSeconds;
        var moved = (await server.Api.GetAssignmentAsync(task.AssignmentId)).LeaseUntil - until;
        moved.TotalSeconds.ShouldBe(rested, 0.001);
        (await ann.SubmitAsync(task, Requests.ChooseFirst)).Refusal.ShouldBeNull();
    }
}
