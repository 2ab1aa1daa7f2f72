using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Texts;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Supervision;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

internal static class WorkerEndpoints
{
    private const int LabelsCharacters = 64 * 1024;

    public static void Map(RouteGroupBuilder api)
    {
        var workers = api.MapGroup("/workers").WithTags("Workers").RequireAuthorization(Roles.Supervisor);
        workers.MapPost("/", CreateAsync).WithSummary("Create a worker, or anybody with a role")
            .WithDescription("The id is what the person's token must carry as sub. Only an admin creates an admin.")
            .Produces<CreatedDto>(StatusCodes.Status201Created);
        workers.MapGet("/", ListAsync).WithSummary("List workers, of one project if given")
            .WithDescription("By creation, oldest first, in pages: pass next as cursor.");
        api.MapGet("/projects/{projectId:guid}/presence", PresenceAsync).WithTags("Workers").RequireAuthorization(Roles.Supervisor).WithSummary("List the workers of a project with what they are doing and what they hold")
            .WithDescription("By creation, oldest first, in pages: pass next as cursor. What is held counts assignments of other projects too; each names its own.");
        workers.MapGet("/{workerId:guid}", GetAsync).WithSummary("Read a worker")
            .WithDescription("The ETag is its version: send it back as If-Match with a change.");
        workers.MapPatch("/{workerId:guid}", UpdateAsync).WithSummary("Change display name, roles, labels or capacity of a worker, or deactivate")
            .WithDescription("What is left out stays; labels are replaced as a whole. isActive false deactivates: what the person holds is taken back and offered to others, open connections are told and closed, and every call with their token is refused within two seconds; true lets them in again. "
                + "A person acts in the roles that both token and record name: a role taken from the record is lost at once, and one granted has effect with the first token that carries it. Takes If-Match.").TakesIfMatch();
        workers.MapPut("/{workerId:guid}/projects/{projectId:guid}", (Guid workerId, Guid projectId, HttpContext context, IDispatchStore store, IWorkSignals signals) =>
            EnrolAsync(workerId, projectId, enrolled: true, context, store, signals)).WithSummary("Enrol a worker in a project")
            .WithDescription("Work of the project's open batches can reach the worker at once.")
            .Produces(StatusCodes.Status204NoContent);
        workers.MapDelete("/{workerId:guid}/projects/{projectId:guid}", (Guid workerId, Guid projectId, HttpContext context, IDispatchStore store, IWorkSignals signals) =>
            EnrolAsync(workerId, projectId, enrolled: false, context, store, signals)).WithSummary("Remove a worker from a project")
            .WithDescription("Nothing new of the project is handed to the worker, and offers are taken back; accepted work may be submitted.")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task<IResult> CreateAsync(CreateWorkerRequest request, HttpContext context, IDispatchStore store, IIdSource ids, IWorkSignals signals)
    {
        var id = ids.NewId();
        var worker = Checked(new WorkerRecord
        {
            WorkerId = id,
            Name = ApiCalls.Name(request.Name, "$.name"),
            DisplayName = ApiCalls.Name(request.DisplayName ?? request.Name, "$.displayName"),
            Roles = request.Roles,
            Labels = Labels(request.Labels),
            Capacity = request.Capacity,
        });
        RequireMayGrant(context, request.Roles);
        var operation = ApiCalls.Operation(context, "worker.create", request, id, new CreatedDto { Id = id });
        var outcome = await store.CreateWorkerAsync(worker, ApiCalls.Ids(request.ProjectIds, "$.projectIds"), operation, context.RequestAborted);
        var created = ApiCalls.Reply<CreatedDto>(context, outcome, operation, RefusalCode.UnknownProject);
        signals.WorkerChanged(created.Id);
        return Results.Created($"/api/v1/workers/{created.Id}", created);
    }

    private static async Task<PageDto<WorkerDto>> ListAsync(HttpContext context, IDispatchStore store, Guid? projectId, string? cursor, int? limit)
    {
        if (projectId is { } project && await store.GetProjectAsync(project, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var list = $"workers {projectId}";
        return PageCursors.Page(list, await store.ListWorkersAsync(projectId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted), Dto);
    }

    private static async Task<PageDto<WorkerPresenceDto>> PresenceAsync(Guid projectId, HttpContext context, IDispatchStore store, string? cursor, int? limit)
    {
        if (await store.GetProjectAsync(projectId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        var list = $"presence {projectId}";
        return PageCursors.Page(list, await store.ListPresencesAsync(projectId, PageCursors.Read(list, cursor), ApiCalls.PageSize(limit), context.RequestAborted), row => new WorkerPresenceDto
        {
            WorkerId = row.Worker.WorkerId,
            Name = row.Worker.Name,
            DisplayName = row.Worker.DisplayName,
            IsActive = row.Worker.IsActive,
            Capacity = row.Worker.Capacity,
            Activity = row.Activity.Activity,
            ActivityReason = row.Activity.Reason,
            ActivitySince = row.Activity.Since,
            Held = [.. row.Held.Select(BatchEndpoints.Dto)],
        });
    }

    private static async Task<WorkerDto> GetAsync(Guid workerId, HttpContext context, IDispatchStore store)
    {
        var worker = await FindAsync(workerId, context, store);
        ApiCalls.ETag(context, worker.Version);
        return Dto(worker);
    }

    private static async Task<WorkerDto> UpdateAsync(Guid workerId, UpdateWorkerRequest request, HttpContext context, IDispatchStore store, IWorkSignals signals, Admissions admissions, SupervisorDesk desk)
    {
        if (request.Roles is not null) RequireMayGrant(context, request.Roles);
        var reply = await ApiCalls.ChangeAsync<WorkerDto>(context, RefusalCode.UnknownWorker, async ifMatch =>
        {
            var present = await FindAsync(workerId, context, store);
            RequireMayGrant(context, present.Roles);
            var expected = ifMatch ?? present.Version;
            var changed = Checked(present with
            {
                DisplayName = request.DisplayName is { } name ? ApiCalls.Name(name, "$.displayName") : present.DisplayName,
                Roles = request.Roles ?? present.Roles,
                Labels = request.Labels is { } labels ? Labels(labels) : present.Labels,
                Capacity = request.Capacity ?? present.Capacity,
                IsActive = request.IsActive ?? present.IsActive,
                Version = expected + 1,
            });
            var operation = ApiCalls.Operation(context, "worker.update", request, workerId, Dto(changed));
            return (await store.UpdateWorkerAsync(changed, expected, operation, context.RequestAborted), operation);
        });
        ApiCalls.ETag(context, reply.Version);
        admissions.Forget(workerId);
        signals.WorkerChanged(workerId);
        if (request.IsActive == false) await desk.PutOutAsync(ApiCalls.Operation(context, "worker.put-out", request, workerId), context.RequestAborted);
        return reply;
    }

    private static async Task<IResult> EnrolAsync(Guid workerId, Guid projectId, bool enrolled, HttpContext context, IDispatchStore store, IWorkSignals signals)
    {
        await FindAsync(workerId, context, store);
        var outcome = await store.SetEnrolmentAsync(workerId, projectId, enrolled, ApiCalls.Operation(context, "worker.enrol", enrolled, workerId), context.RequestAborted);
        ApiCalls.Require(context, outcome.Outcome, RefusalCode.UnknownProject);
        signals.Withdrawn(outcome.Ended, AssignmentState.Rescinded, TakenBackWords.Removed);
        signals.WorkerChanged(workerId);
        return Results.NoContent();
    }

    private static async Task<WorkerRecord> FindAsync(Guid workerId, HttpContext context, IDispatchStore store) =>
        await store.GetWorkerAsync(workerId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");

    private static void RequireMayGrant(HttpContext context, IReadOnlyList<string> roles)
    {
        if (roles.Contains(Roles.Admin) && !context.User.IsInRole(Roles.Admin)) throw Problems.Refuse(403, RefusalCode.Forbidden, "Only an admin makes or changes an admin.", "Ask an admin.", "$.roles");
    }

    private static WorkerRecord Checked(WorkerRecord worker)
    {
        ApiCalls.Range(worker.Capacity, 1, Limits.CapacityMax, "$.capacity");
        if (worker.Roles.Count == 0 || worker.Roles.Any(role => !Roles.All.Contains(role)))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such role, or none was given.", $"Use some of: {string.Join(", ", Roles.All)}.", "$.roles");
        }

        return worker;
    }

    private static string Labels(JsonText sent)
    {
        using var labels = JsonDocument.Parse(sent.Json);
        var fits = labels.RootElement.ValueKind == JsonValueKind.Object
            && labels.RootElement.EnumerateObject().Count() <= Limits.LabelsMax
            && labels.RootElement.EnumerateObject().All(IsLabel);
        if (!fits || sent.Json.Length > LabelsCharacters)
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, $"Labels are an object of at most {Limits.LabelsMax} strings, numbers or booleans; names and strings are {Names.Rule}, composed, and without white space at their ends.", "Send flat labels: {\"language\": \"de\", \"level\": 3}.", "$.labels");
        }

        return sent.Json;
    }

    private static bool IsLabel(JsonProperty label)
    {
        try
        {
            return label.Name.Length <= Limits.NameCharacters && Names.Is(label.Name) && label.Value.ValueKind switch
            {
                JsonValueKind.String => label.Value.GetString() is { Length: <= Limits.NameCharacters } value && (value.Length == 0 || Names.Is(value)),
                JsonValueKind.Number => label.Value.TryGetDouble(out var number) && double.IsFinite(number),
                _ => label.Value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            };
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: it cannot even be read.
            return false;
        }
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
