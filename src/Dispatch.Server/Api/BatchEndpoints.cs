using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Rules;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Supervision;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

internal static class BatchEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var batches = api.MapGroup("").WithTags("Batches");
        batches.MapPost("/projects/{projectId:guid}/batches", CreateAsync).RequireAuthorization(Roles.Producer).WithSummary("Create a batch, as a draft")
            .WithDescription("Nothing is handed out until it is opened. gold.use says which tasks that came with a known answer become control tasks: none, a share, or all. Tier golden reserves the batch for workers who pass its gate.")
            .Produces<CreatedDto>(StatusCodes.Status201Created);
        batches.MapGet("/projects/{projectId:guid}/batches", ListAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("List the batches of a project")
            .WithDescription("By creation, oldest first, in pages: pass next as cursor.");
        batches.MapGet("/batches/{batchId:guid}", GetAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Read a batch with its counters")
            .WithDescription("The ETag is its version: send it back as If-Match with a change.");
        batches.MapGet("/batches/{batchId:guid}/progress", GetAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Read the progress of a batch: tasks, completed, answers")
            .WithDescription("The counters are kept with the rows, so this costs the same for ten tasks and for ten million.");
        batches.MapPatch("/batches/{batchId:guid}", UpdateAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Change priority, selectors or exception rules of a batch")
            .WithDescription("What is left out stays. Takes effect at once, on a running batch too. Takes If-Match; a change under an old version is refused with version_mismatch.").TakesIfMatch();
        batches.MapGet("/batches/{batchId:guid}/tasks", TasksAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("List the tasks of a batch")
            .WithDescription("In the order of import, with counted answers and holds of each, in pages.");
        batches.MapGet("/assignments/{assignmentId:guid}", AssignmentAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Read an assignment")
            .WithDescription("One worker's hold on one slot of a task: its state, its lease, and the order in which the responses were shown.");
        MapAction(batches, "open", "Its tasks are handed out from now on. From draft or paused.", BatchStatus.Open, BatchStatus.Draft, BatchStatus.Paused, BatchStatus.Draining);
        MapAction(batches, "pause", "Nothing new is handed out. Offers, and tasks that were sent ahead, are taken back, and it is not held against anybody; what was accepted may be finished and submitted. It can be opened again.", BatchStatus.Paused, BatchStatus.Open, BatchStatus.Draining);
        MapAction(batches, "drain", "Nothing new is handed out, and offers are taken back as by a pause; it closes by itself when nothing is held any more.", BatchStatus.Draining, BatchStatus.Open, BatchStatus.Paused);
        MapAction(batches, "close", "Finishes it for good. Offers are taken back as by a pause; accepted work may still be submitted. It cannot be opened again.", BatchStatus.Closed, BatchStatus.Draft, BatchStatus.Open, BatchStatus.Paused, BatchStatus.Draining);
    }

    private static void MapAction(RouteGroupBuilder batches, string action, string description, BatchStatus to, params BatchStatus[] from) => batches
        .MapPost($"/batches/{{batchId:guid}}/{action}", (Guid batchId, HttpContext context, IDispatchStore store, IWorkSignals signals) =>
            ChangeAsync(batchId, $"batch.{action}", new BatchChange { Status = to }, payload: null, from, context, store, signals))
        .RequireAuthorization(Policies.ProducerOrSupervisor)
        .WithSummary($"{char.ToUpperInvariant(action[0])}{action[1..]} a batch")
        .WithDescription($"{description} Takes If-Match.")
        .TakesIfMatch();

    private static async Task<IResult> CreateAsync(Guid projectId, CreateBatchRequest request, HttpContext context, IDispatchStore store, IIdSource ids)
    {
        var name = ApiCalls.Name(request.Name, "$.name");
        ApiCalls.Range(request.Priority, -Limits.PriorityMax, Limits.PriorityMax, "$.priority");
        ApiCalls.Range(request.Overlap, 1, Limits.OverlapMax, "$.overlap");
        if (request.Tier == BatchTier.Unspecified) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such tier.", "Use standard or golden.", "$.tier");
        if (request.Gold.Use == GoldUse.Unspecified) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such use of gold.", "Use none, share or all.", "$.gold.use");
        if (request.Gold.Use != GoldUse.Share && request.Gold.Share != 0) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "A share is given, but gold.use is not share.", "Set gold.use to share, or leave the share out.", "$.gold.share");
        if (!(request.Gold.Share is >= 0 and <= 1)) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "The share is not between 0 and 1.", "Send a share such as 0.1.", "$.gold.share");
        if (request.Purpose == BatchPurpose.Unspecified || !Enum.IsDefined(request.Purpose)) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such purpose.", "Use work, training or exam.", "$.purpose");
        if (request.Purpose != BatchPurpose.Work && request.Gold.Use != GoldUse.All) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "Training and exams judge every answer, so every task needs its known answer.", "Set gold.use to all.", "$.gold.use");
        if (request.Purpose != BatchPurpose.Work && request.Tier == BatchTier.Golden) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "A golden batch is for work.", "Use the tier standard for training and exams.", "$.tier");
        var id = ids.NewId();
        await CheckPolicyAsync(projectId, id, request.Requires, request.Rules, store, context.RequestAborted);
        var operation = ApiCalls.Operation(context, "batch.create", request, id, new CreatedDto { Id = id });
        var outcome = await store.CreateBatchAsync(
            new BatchRecord
            {
                BatchId = id,
                ProjectId = projectId,
                Name = name,
                Status = BatchStatus.Draft,
                Priority = request.Priority,
                Overlap = request.Overlap,
                Tier = request.Tier,
                GoldUse = request.Gold.Use,
                GoldShare = request.Gold.Share,
                Purpose = request.Purpose,
                Requires = request.Requires,
                Rules = request.Rules,
            },
            operation,
            context.RequestAborted);
        var created = ApiCalls.Reply<CreatedDto>(context, outcome, operation, RefusalCode.UnknownProject);
        return Results.Created($"/api/v1/batches/{created.Id}", created);
    }

    private static async Task<PageDto<BatchDto>> ListAsync(Guid projectId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        if (await store.GetProjectAsync(projectId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var list = $"batches {projectId}";
        var page = await store.ListBatchesAsync(projectId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted);
        List<BatchDto> rows = [];
        foreach (var batch in page.Items) rows.Add(Dto(batch, await store.GetCountersAsync(batch.BatchId, context.RequestAborted)));
        return new PageDto<BatchDto> { Items = rows, Next = PageCursors.Write(list, page.Next) };
    }

    private static async Task<BatchDto> GetAsync(Guid batchId, HttpContext context, IDispatchStore store)
    {
        var batch = await FindAsync(batchId, store, context.RequestAborted);
        ApiCalls.ETag(context, batch.Version);
        return Dto(batch, await store.GetCountersAsync(batchId, context.RequestAborted));
    }

    private static async Task<BatchDto> UpdateAsync(Guid batchId, UpdateBatchRequest request, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        if (request.Priority is { } priority) ApiCalls.Range(priority, -Limits.PriorityMax, Limits.PriorityMax, "$.priority");
        if (request is { Priority: null, Requires: null, Rules: null })
        {
            throw Problems.Refuse(400, RefusalCode.MalformedRequest, "The request changes nothing.", "Send priority, requires or rules.");
        }

        var batch = await FindAsync(batchId, store, context.RequestAborted);
        await CheckPolicyAsync(batch.ProjectId, batchId, request.Requires ?? [], request.Rules ?? [], store, context.RequestAborted);
        return await ChangeAsync(
            batchId,
            "batch.update",
            new BatchChange { Priority = request.Priority, Requires = request.Requires, Rules = request.Rules },
            request,
            [BatchStatus.Draft, BatchStatus.Open, BatchStatus.Paused, BatchStatus.Draining],
            context,
            store,
            signals);
    }

    private static async Task<BatchDto> ChangeAsync(Guid batchId, string kind, BatchChange change, object? payload, BatchStatus[] from, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        IReadOnlyList<EndedAssignment> ended = [];
        var reply = await ApiCalls.ChangeAsync<BatchDto>(context, RefusalCode.UnknownBatch, async ifMatch =>
        {
            var present = await FindAsync(batchId, store, context.RequestAborted);
            var expected = ifMatch ?? present.Version;
            var changed = present with
            {
                Status = change.Status ?? present.Status,
                Priority = change.Priority ?? present.Priority,
                Requires = change.Requires ?? present.Requires,
                Rules = change.Rules ?? present.Rules,
                Version = expected + 1,
            };
            var operation = ApiCalls.Operation(context, kind, payload, batchId, Dto(changed, await store.GetCountersAsync(batchId, context.RequestAborted)));
            var outcome = await store.ChangeBatchAsync(batchId, change, from, expected, operation, context.RequestAborted);
            ended = outcome.Ended;
            return (outcome.Outcome, operation);
        });
        ApiCalls.ETag(context, reply.Version);
        signals.Withdrawn(ended, AssignmentState.Rescinded, TakenBackWords.Unbegun(reply.Status, reason: null));
        signals.BatchChanged(reply.ProjectId, batchId);
        return reply;
    }

    private static async Task<PageDto<TaskDto>> TasksAsync(Guid batchId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        await FindAsync(batchId, store, context.RequestAborted);
        var list = $"tasks {batchId}";
        var page = await store.ListTasksAsync(batchId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted);
        return PageCursors.Page(list, page, task => new TaskDto
        {
            Key = task.Key,
            State = task.State,
            Overlap = task.Overlap,
            Priority = task.Priority,
            Answers = task.Answers,
            Held = task.Held,
            IsGold = task.IsGold,
        });
    }

    private static async Task<AssignmentDto> AssignmentAsync(Guid assignmentId, HttpContext context, IDispatchStore store)
    {
        return Dto(await store.GetAssignmentAsync(assignmentId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownAssignment, "assignment"));
    }

    internal static AssignmentDto Dto(AssignmentRow row) => new()
    {
        AssignmentId = row.AssignmentId,
        ProjectId = row.ProjectId,
        BatchId = row.BatchId,
        TaskKey = row.TaskKey,
        WorkerId = row.WorkerId,
        State = row.State,
        Slot = row.Slot,
        LeaseEpoch = row.LeaseEpoch,
        Presentation = row.Presentation,
        OfferedAt = row.OfferedAt,
        ShownAt = row.ShownAt,
        LeaseUntil = row.LeaseUntil,
        EndedAt = row.EndedAt,
    };

    private static async Task CheckPolicyAsync(Guid projectId, Guid batchId, IReadOnlyList<Selector> requires, IReadOnlyList<ExceptionRule> rules, IDispatchStore store, CancellationToken cancellation)
    {
        PolicyRefusals.Require(Requirements.Check(requires));
        PolicyRefusals.Require(PolicyChecks.Check(rules, batchId), "$.rules");
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].ToBatchId is not { } target) continue;
            if (await store.GetBatchAsync(target, cancellation) is not { } batch || batch.ProjectId != projectId)
            {
                throw Problems.Refuse(400, RefusalCode.InvalidPolicy, "A rule moves tasks to a batch that is not one of this project.", "Name another batch of the project.", $"$.rules[{i}].toBatchId");
            }
        }
    }

    internal static async Task<BatchRecord> FindAsync(Guid batchId, IDispatchStore store, CancellationToken cancellation) =>
        await store.GetBatchAsync(batchId, cancellation) ?? throw Problems.NotFound(RefusalCode.UnknownBatch, "batch");

    private static BatchDto Dto(BatchRecord batch, BatchCounters? counters) => new()
    {
        BatchId = batch.BatchId,
        ProjectId = batch.ProjectId,
        Name = batch.Name,
        Status = batch.Status,
        Priority = batch.Priority,
        Overlap = batch.Overlap,
        Tier = batch.Tier,
        Gold = new GoldSpec { Use = batch.GoldUse, Share = batch.GoldShare },
        Version = batch.Version,
        Tasks = counters?.Tasks ?? 0,
        Completed = counters?.Completed ?? 0,
        Answers = counters?.Answers ?? 0,
        Canceled = counters?.Canceled ?? 0,
        DeadLetters = counters?.Dead ?? 0,
        Requires = batch.Requires,
        Rules = batch.Rules,
        Purpose = batch.Purpose,
        GateVersion = batch.GateVersion,
    };
}
