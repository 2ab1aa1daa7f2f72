using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Engine.Quality.Rules;
using Dispatch.Engine.Rules;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

internal static class ProjectEndpoints
{
    private const int LeaseSecondsMin = 10;
    private const int LeaseSecondsMax = 86_400;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/forms", (FormCatalog forms) => forms.FormTypes).RequireAuthorization().WithTags("Projects").WithSummary("List the names of the answer forms")
            .WithDescription("Each form brings its settings, its binding to the producer's field names, its check of answers and its exports.");
        var projects = api.MapGroup("/projects").WithTags("Projects");
        projects.MapPost("/", CreateAsync).RequireAuthorization(Roles.Producer).WithSummary("Create a project with its answer form, binding and instructions")
            .WithDescription("The binding names the fields of your JSONL, so that it is imported unchanged. All faults of form and binding are reported at once. Decide quality.gold.reveal here: true tells workers after each gold that it was one, false never does; left out, gold stays hidden, and the answer says so in its notes.")
            .Produces<CreatedDto>(StatusCodes.Status201Created);
        projects.MapGet("/", ListAsync).RequireAuthorization(Policies.Staff).WithSummary("List projects")
            .WithDescription("By creation, oldest first, in pages: pass next as cursor.");
        projects.MapGet("/{projectId:guid}", GetAsync).RequireAuthorization(Policies.Staff).WithSummary("Read a project")
            .WithDescription("The ETag is its version: send it back as If-Match with a change.");
        projects.MapPut("/{projectId:guid}", UpdateAsync).RequireAuthorization(Roles.Producer).WithSummary("Replace name, form settings, binding, instructions and lease of a project")
            .WithDescription("The kind of form stays. Takes If-Match; a change under an old version is refused with version_mismatch.").TakesIfMatch();
    }

    private static async Task<IResult> CreateAsync(CreateProjectRequest request, HttpContext context, IDispatchStore store, FormCatalog forms, IIdSource ids)
    {
        var id = ids.NewId();
        var project = Record(id, request, forms, undecided: false);
        var operation = ApiCalls.Operation(context, "project.create", request, id, new CreatedDto { Id = id, Notes = [AboutGold(project.Quality.Gold)] });
        var outcome = await store.CreateProjectAsync(project, operation, context.RequestAborted);
        var created = ApiCalls.Reply<CreatedDto>(context, outcome, operation, RefusalCode.UnknownProject);
        return Results.Created($"/api/v1/projects/{created.Id}", created);
    }

    private static async Task<PageDto<ProjectDto>> ListAsync(HttpContext context, IDispatchStore store, string? cursor, int? limit) =>
        PageCursors.Page("projects", await store.ListProjectsAsync(PageCursors.Read("projects", cursor), ApiCalls.PageSize(limit), context.RequestAborted), Dto);

    private static async Task<ProjectDto> GetAsync(Guid projectId, HttpContext context, IDispatchStore store)
    {
        var project = await store.GetProjectAsync(projectId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        ApiCalls.ETag(context, project.Version);
        return Dto(project);
    }

    private static async Task<ProjectDto> UpdateAsync(Guid projectId, CreateProjectRequest request, HttpContext context, IDispatchStore store, FormCatalog forms, IWorkSignals signals)
    {
        // Checked before anything is read: a body that is wrong is refused as such, whatever the project is.
        Record(projectId, request, forms, undecided: null);
        var reply = await ApiCalls.ChangeAsync<ProjectDto>(context, RefusalCode.UnknownProject, async ifMatch =>
        {
            var present = await store.GetProjectAsync(projectId, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
            if (present.FormType != request.Form.Type)
            {
                throw Problems.Refuse(409, RefusalCode.InvalidTransition, "The answer form of a project cannot become another form.", "Create a new project for the other form.", "$.form.type");
            }

            var project = Record(projectId, request, forms, present.Quality.Gold.Reveal);
            var expected = ifMatch ?? present.Version;
            var operation = ApiCalls.Operation(context, "project.update", request, projectId, Dto(project with { Version = expected + 1 }));
            return (await store.UpdateProjectAsync(project, expected, operation, context.RequestAborted), operation);
        });
        ApiCalls.ETag(context, reply.Version);
        signals.ProjectChanged(projectId);
        return reply;
    }

    private static string AboutGold(GoldPolicy gold) => GoldSecrecy.Hides(gold)
        ? $"Gold is hidden (quality.gold.reveal is false): nothing tells workers which task was gold. They see their accuracy rounded, renewed every {GoldSecrecy.BunchAnswers} answers, and cannot dispute a gold."
        : "Gold is revealed (quality.gold.reveal is true): workers learn after each gold that it was one and what was accepted, and may pass it on.";

    /// <param name="id">The project.</param>
    /// <param name="request">What was sent.</param>
    /// <param name="forms">The forms.</param>
    /// <param name="undecided">Whether gold is revealed where the request does not say.</param>
    private static ProjectRecord Record(Guid id, CreateProjectRequest request, FormCatalog forms, bool? undecided)
    {
        var name = ApiCalls.Name(request.Name, "$.name");
        ApiCalls.Range(request.LeaseSeconds, LeaseSecondsMin, LeaseSecondsMax, "$.leaseSeconds");
        if (request.Instructions.Length > Limits.InstructionsCharacters || !StorableText.Is(request.Instructions))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "The instructions are too long, or hold a NUL character or half a surrogate pair.", $"Keep them to {Limits.InstructionsCharacters} characters.", "$.instructions");
        }

        if (forms.Compile(request.Form.Type, request.Form.Settings.Json, request.Form.Binding.Json).Refusals is [var first, ..] all)
        {
            // All faults in one answer: nobody wants to find them one request at a time.
            throw new RefusedException(400, first with { Message = string.Join(" ", all.Select(fault => $"{fault.Place}: {fault.Message}")), Remedy = string.Join(" ", all.Select(fault => fault.Remedy).Distinct()) });
        }

        if (SettingNames.Check(request.Form.Settings.Json) is [var firstName, ..]) throw new RefusedException(400, firstName);
        PolicyRefusals.Require(PolicyChecks.Check(request.Dispatch, TimeSpan.FromSeconds(request.LeaseSeconds)), "$.dispatch.");
        PolicyRefusals.Require(QualityPolicyChecks.Check(request.Quality), "$.quality.");
        return new ProjectRecord
        {
            ProjectId = id,
            Name = name,
            FormType = request.Form.Type,
            FormSettings = request.Form.Settings.Json,
            Binding = request.Form.Binding.Json,
            Instructions = request.Instructions,
            Lease = TimeSpan.FromSeconds(request.LeaseSeconds),
            Policy = request.Dispatch,
            Quality = request.Quality with { Gold = request.Quality.Gold with { Reveal = request.Quality.Gold.Reveal ?? undecided } },
        };
    }

    private static ProjectDto Dto(ProjectRecord project) => new()
    {
        ProjectId = project.ProjectId,
        Name = project.Name,
        Form = new FormSpec { Type = project.FormType, Settings = new JsonText(project.FormSettings), Binding = new JsonText(project.Binding) },
        Instructions = project.Instructions,
        LeaseSeconds = (int)project.Lease.TotalSeconds,
        Dispatch = project.Policy,
        Quality = project.Quality,
        Version = project.Version,
    };
}
