using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.Api;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>An answer that is under way when its lease ends, through the real hub.</summary>
[Collection(nameof(LiveServer))]
public sealed class LateAnswerTests(LiveServer server)
{
    [Fact]
    public async Task HandedToItsWorkerAgain_CountsAndTheNewHoldGoes_InEveryTab()
    {
        var (project, batch) = await server.SeedAsync(2, leaseSeconds: 10);
        await using var ann = await server.AvailableAsync(project);
        var first = await ann.NextAsync(LiveServer.Patience);

        // The lease is shorter than the time until the next heartbeat.
        await LiveServer.EventuallyAsync(() => ann.Held.Any(held => held.LeaseEpoch > first.LeaseEpoch), "the same task again");
        var second = ann.Held.Single();
        (await server.KeyOfAsync(second)).ShouldBe(await server.KeyOfAsync(first));
        var told = new TaskCompletionSource<AssignmentWithdrawn?>(TaskCreationOptions.RunContinuationsAsynchronously);
        ann.Withdrawn += (_, push) =>
        {
            if (push?.AssignmentId == second.AssignmentId) told.TrySetResult(push);
        };

        var result = await ann.SubmitAsync(first, Requests.ChooseFirst);

        (result.Refusal, result.KeptAside).ShouldBe((null, false));
        await LiveServer.EventuallyAsync(() => ann.Held.All(held => held.AssignmentId != second.AssignmentId), "the second hold goes");

        // The result of the submit may overtake the push; then the client asks for the truth, and has no words of the push to show.
        if (told.Task.IsCompletedSuccessfully && await told.Task is { } push) (push.State, push.Reason).ShouldBe((AssignmentState.Rescinded, "Your answer was on its way when its time ran out. It arrived, and counts: nothing is left to do here."));
        (await server.KeyOfAsync(result.Next ?? await ann.NextAsync(LiveServer.Patience))).ShouldNotBe(await server.KeyOfAsync(first), "nobody is asked to do the same work twice");
        ann.Held.ShouldHaveSingleItem();
        (await ann.SubmitAsync(second, Requests.ChooseFirst)).Refusal!.Code.ShouldBe(RefusalCode.StaleLease);
        var counters = await server.Api.GetBatchAsync(batch);
        (counters.Answers, counters.Completed).ShouldBe((1, 1));
    }
}
