using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

internal static class WorkerEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var workers = api.MapGroup("/workers").WithTags("Workers").RequireAuthorization(Roles.Supervisor);
        workers.MapPost("/", CreateAsync).WithSummary("Create a worker, or anybody with a role");
        workers.MapGet("/", ListAsync).WithSummary("List workers, of one project if given");
        workers.MapGet("/{workerId:guid}", GetAsync).WithSummary("Read a worker");
        workers.MapPatch("/{workerId:guid}", UpdateAsync).WithSummary("Change display name, roles, labels, capacity; deactivate with isActive false (If-Match)");
        workers.MapPut("/{workerId:guid}/projects/{projectId:guid}", (Guid workerId, Guid projectId, HttpContext context, IDispatchStore store, IWorkSignals signals) =>
            EnrolAsync(workerId, projectId, enrolled: true, context, store, signals)).WithSummary("Enrol a worker in a project");
        workers.MapDelete("/{workerId:guid}/projects/{projectId:guid}", (Guid workerId, Guid projectId, HttpContext context, IDispatchStore store, IWorkSignals signals) =>
            EnrolAsync(workerId, projectId, enrolled: false, context, store, signals)).WithSummary("Remove a worker from a project");
    }

    private static async Task<IResult> CreateAsync(CreateWorkerRequest request, HttpContext context, IDispatchStore store, IIdSource ids)
    {
        var id = ids.NewId();
        var worker = Checked(new WorkerRecord
        {
            WorkerId = id,
            Name = ApiCalls.Name(request.Name, "$.name"),
            DisplayName = request.DisplayName ?? request.Name,
            Roles = request.Roles,
            Labels = request.Labels.Json,
            Capacity = request.Capacity,
        });
        RequireMayGrant(context, request.Roles);
        var operation = ApiCalls.Operation(context, "worker.create", request, id, new CreatedDto { Id = id });
        var outcome = await store.CreateWorkerAsync(worker, request.ProjectIds, operation, context.RequestAborted);
        var created = ApiCalls.Reply<CreatedDto>(context, outcome, operation, RefusalCode.UnknownProject);
        return Results.Created($"/api/v1/workers/{created.Id}", created);
    }

    private static async Task<PageDto<WorkerDto>> ListAsync(HttpContext context, IDispatchStore store, Guid? projectId, string? cursor, int? limit) =>
        ApiCalls.Page(await store.ListWorkersAsync(projectId, ApiCalls.Cursor(cursor), ApiCalls.PageSize(limit), context.RequestAborted), Dto);

    private static async Task<WorkerDto> GetAsync(Guid workerId, HttpContext context, IDispatchStore store)
    {
        var worker = await FindAsync(workerId, context, store);
        ApiCalls.ETag(context, worker.Version);
        return Dto(worker);
    }

    private static async Task<WorkerDto> UpdateAsync(Guid workerId, UpdateWorkerRequest request, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        var present = await FindAsync(workerId, context, store);
        if (request.Roles is not null) RequireMayGrant(context, request.Roles);
        var changed = Checked(present with
        {
            DisplayName = request.DisplayName ?? present.DisplayName,
            Roles = request.Roles ?? present.Roles,
            Labels = request.Labels?.Json ?? present.Labels,
            Capacity = request.Capacity ?? present.Capacity,
            IsActive = request.IsActive ?? present.IsActive,
        });

        // Without If-Match the version just read guards the merge: two changes at once must not undo each other.
        var outcome = await store.UpdateWorkerAsync(changed, ApiCalls.IfMatch(context) ?? present.Version, ApiCalls.Operation(context, "worker.update", request, workerId), context.RequestAborted);
        ApiCalls.Require(context, outcome, RefusalCode.UnknownWorker);
        signals.WorkerChanged(workerId);
        return await GetAsync(workerId, context, store);
    }

    private static async Task<IResult> EnrolAsync(Guid workerId, Guid projectId, bool enrolled, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        await FindAsync(workerId, context, store);
        var outcome = await store.SetEnrolmentAsync(workerId, projectId, enrolled, ApiCalls.Operation(context, "worker.enrol", enrolled, workerId), context.RequestAborted);
        ApiCalls.Require(context, outcome, RefusalCode.UnknownProject);
        signals.WorkerChanged(workerId);
        return Results.NoContent();
    }

    private static async Task<WorkerRecord> FindAsync(Guid workerId, HttpContext context, IDispatchStore store) =>
        await store.GetWorkerAsync(workerId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");

    private static void RequireMayGrant(HttpContext context, IReadOnlyList<string> roles)
    {
        if (roles.Contains(Roles.Admin) && !context.User.IsInRole(Roles.Admin)) throw Problems.Refuse(403, RefusalCode.Forbidden, "Only an admin makes an admin.", "Ask an admin.", "$.roles");
    }

    private static WorkerRecord Checked(WorkerRecord worker)
    {
        ApiCalls.Name(worker.DisplayName, "$.displayName");
        ApiCalls.Range(worker.Capacity, 1, Limits.CapacityMax, "$.capacity");
        if (worker.Roles.Count == 0 || worker.Roles.Any(role => !Roles.All.Contains(role)))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such role, or none was given.", $"Use some of: {string.Join(", ", Roles.All)}.", "$.roles");
        }

        using var labels = JsonDocument.Parse(worker.Labels);
        var fits = labels.RootElement.ValueKind == JsonValueKind.Object
            && labels.RootElement.EnumerateObject().Count() <= Limits.LabelsMax
            && labels.RootElement.EnumerateObject().All(label => label.Name.Length <= Limits.NameCharacters && label.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False);
        if (!fits || worker.Labels.Length > Limits.AnswerBytes || worker.Labels.Contains("\\u0000", StringComparison.Ordinal))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"Labels are an object of at most {Limits.LabelsMax} strings, numbers or booleans.", "Send flat labels: {\"language\": \"de\", \"level\": 3}.", "$.labels");
        }

        return worker;
    }

    private static WorkerDto Dto(WorkerRecord worker) => new()
    {
        WorkerId = worker.WorkerId,
        Name = worker.Name,
        DisplayName = worker.DisplayName,
        Roles = worker.Roles,
        Labels = new JsonText(worker.Labels),
        Capacity = worker.Capacity,
        IsActive = worker.IsActive,
        Version = worker.Version,
    };
}
