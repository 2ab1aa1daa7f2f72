using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Gates of golden batches, and the record of who passed them.</summary>
internal static class GateEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var gates = api.MapGroup("").WithTags("Gates");
        gates.MapGet("/batches/{batchId:guid}/gate", GetAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Read the gate of a golden batch")
            .WithDescription("The ETag is the version of the batch. A golden batch without a gate hands out nothing.");
        gates.MapPut("/batches/{batchId:guid}/gate", SetAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Set the gate of a golden batch")
            .WithDescription("Its version grows by one; assignments and entries cite it. Takes If-Match. Try it first: what-if and backtest.").TakesIfMatch();
        gates.MapDelete("/batches/{batchId:guid}/gate", RemoveAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Remove the gate of a golden batch")
            .WithDescription("The batch then hands out nothing: without a gate nobody passes. Takes If-Match.").TakesIfMatch();
        gates.MapGet("/assignments/{assignmentId:guid}/gate", StampAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Read the proof that an assignment was allowed by its gate")
            .WithDescription("The figures, clauses, evaluation and leaderboard state that were stored with the assignment in the same commit.");
        gates.MapGet("/batches/{batchId:guid}/gate/events", BatchEventsAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("List who entered and left the gate of a batch")
            .WithDescription("Newest first, in pages. Rows are only ever added; each holds the clauses as they were judged.");
        gates.MapGet("/workers/{workerId:guid}/gate-events", WorkerEventsAsync).RequireAuthorization(Roles.Supervisor).WithSummary("List the gates that a worker entered and left")
            .WithDescription("Newest first, in pages.");
    }

    private static async Task<GateDto> GetAsync(Guid batchId, HttpContext context, IDispatchStore store)
    {
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        ApiCalls.ETag(context, batch.Version);
        return Dto(batch);
    }

    private static async Task<GateDto> SetAsync(Guid batchId, GatePolicy policy, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        PolicyRefusals.Require(GateChecks.Check(policy with { Version = 1 }), "$.");
        return await ChangeAsync(batchId, policy, "gate.set", context, store, signals);
    }

    private static Task<GateDto> RemoveAsync(Guid batchId, HttpContext context, IDispatchStore store, IWorkSignals signals) => ChangeAsync(batchId, policy: null, "gate.remove", context, store, signals);

    private static async Task<GateDto> ChangeAsync(Guid batchId, GatePolicy? policy, string kind, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        var (projectId, version) = (Guid.Empty, 0);
        var reply = await ApiCalls.ChangeAsync<GateDto>(context, RefusalCode.UnknownBatch, async ifMatch =>
        {
            var present = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
            if (present.Tier != BatchTier.Golden) throw Problems.Refuse(409, RefusalCode.InvalidTransition, "Only a golden batch has a gate.", "Create the batch with tier golden.");
            projectId = present.ProjectId;
            var expected = ifMatch ?? present.Version;
            version = expected + 1;
            var published = policy is null ? null : policy with { Version = present.GateVersion + 1 };
            var json = published is null ? null : JsonSerializer.Serialize(published, DispatchJson.Options);
            var operation = ApiCalls.Operation(context, kind, policy, batchId, new GateDto { BatchId = batchId, Policy = published, Version = present.GateVersion + 1 });
            return (await store.SetGateAsync(batchId, json, expected, operation, context.RequestAborted), operation);
        });
        ApiCalls.ETag(context, version);
        signals.BatchChanged(projectId, batchId);
        return reply;
    }

    private static async Task<GateStampDto> StampAsync(Guid assignmentId, HttpContext context, IDispatchStore store)
    {
        if (await store.GetAssignmentAsync(assignmentId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownAssignment, "assignment");
        var stamp = await store.GetGateStampAsync(assignmentId, context.RequestAborted)
            ?? throw Problems.Refuse(404, RefusalCode.NotFound, "The assignment is not of a golden batch, so it passed no gate.", "Only assignments of golden batches have one.");
        return new GateStampDto
        {
            AssignmentId = assignmentId,
            PolicyVersion = stamp.PolicyVersion,
            EvaluationSequence = stamp.EvaluationSequence,
            BoardEpoch = stamp.BoardEpoch,
            Judgement = new JsonText(stamp.Judgement),
        };
    }

    private static async Task<PageDto<GateEventDto>> BatchEventsAsync(Guid batchId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        return await EventsAsync($"gate events {batchId}", null, batchId, context, store, cursor, limit);
    }

    private static async Task<PageDto<GateEventDto>> WorkerEventsAsync(Guid workerId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        return await EventsAsync($"gate events of {workerId}", workerId, null, context, store, cursor, limit);
    }

    private static async Task<PageDto<GateEventDto>> EventsAsync(string list, Guid? workerId, Guid? batchId, HttpContext context, IDispatchStore store, string? cursor, int? limit) => PageCursors.Page(
        list,
        await store.ListGateEventsAsync(workerId, batchId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted),
        row => new GateEventDto
        {
            WorkerId = row.WorkerId,
            BatchId = row.BatchId,
            Entered = row.Entered,
            EvaluationSequence = row.EvaluationSequence,
            BoardEpoch = row.BoardEpoch,
            PolicyVersion = row.PolicyVersion,
            Judgement = new JsonText(row.Judgement),
            At = row.At,
        });

    private static GateDto Dto(BatchRecord batch) => new()
    {
        BatchId = batch.BatchId,
        Policy = batch.Gate is null ? null : JsonSerializer.Deserialize<GatePolicy>(batch.Gate, DispatchJson.Options),
        Version = batch.GateVersion,
    };
}
