using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Gates tried on the live board before they are saved.</summary>
internal sealed partial class LeaderboardActor
{
    private const int EventPages = 200;
    private const int EventPageSize = 1_000;

    public async Task<string> TryGate(string request, Guid batchId)
    {
        var trial = JsonSerializer.Deserialize<GateTrialRequest>(request, DispatchJson.Options)!;
        var batch = await store.GetBatchAsync(batchId, CancellationToken.None);
        var counters = await store.GetCountersAsync(batchId, CancellationToken.None);
        var result = GateTrial.Run(_board, Gate.From(trial.Policy with { Version = (batch?.GateVersion ?? 0) + 1 }), new GateTrialInputs
        {
            At = _clock.Now,
            Present = batch is null ? null : StoredGates.Read(batch),
            Memberships = await MembershipsAsync(batchId),
            Waiting = counters?.Open ?? 0,
            ListMax = Math.Clamp(trial.ListMax, 0, RowsMax),
        });
        return JsonSerializer.Serialize(new GateTrialDto
        {
            BoardEpoch = result.Board.Epoch,
            At = result.Board.TakenAt,
            PoolSize = result.Board.Size,
            PassNow = result.PassNow,
            WouldPass = result.WouldPass,
            EnterCount = result.EnterCount,
            LeaveCount = result.LeaveCount,
            Enter = [.. result.Enter.Select(Named)],
            Leave = [.. result.Leave.Select(Named)],
            AnswersPerHour = result.AnswersPerHour,
            AnswersPerHourNow = result.AnswersPerHourNow,
            RatesNotKnown = result.RatesNotKnown,
            NotKnownYet = result.RatesNotKnown == 0 ? null : $"How fast {result.RatesNotKnown} of the {result.WouldPass} who would pass work is not known yet: it takes a minute to be measured. Ask again then.",
            Waiting = result.Waiting,
            ExpectedWaitSeconds = result.ExpectedWait?.TotalSeconds,
            DrainSeconds = result.Drain?.TotalSeconds,
        }, DispatchJson.Options);
    }

    private static GateTrialWorkerDto Named(GateTrialWorker worker) => new() { WorkerId = worker.WorkerId, Rank = worker.Rank, Missed = worker.Missed };

    /// <summary>The last row of each worker: rows come newest first.</summary>
    private async Task<IReadOnlyDictionary<Guid, GateMembership>> MembershipsAsync(Guid batchId)
    {
        Dictionary<Guid, GateMembership> memberships = [];
        PageCursor? cursor = null;
        for (var pages = 0; pages < EventPages; pages++)
        {
            var page = await store.ListGateEventsAsync(workerId: null, batchId, cursor, EventPageSize, CancellationToken.None);
            foreach (var row in page.Items)
            {
                memberships.TryAdd(row.WorkerId, row.Entered ? new GateMembership(true, row.At, row.Answers, row.EvaluationSequence, row.PolicyVersion) : GateMembership.Out);
            }

            if (page.Next is null) break;
            cursor = page.Next;
        }

        return memberships;
    }
}
