using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Edge;
using Dispatch.Storage;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Api;

/// <summary>The development door: a token for the asking. Mapped in Development only; elsewhere the address does not exist.</summary>
internal static class DevEndpoints
{
    public static void Map(RouteGroupBuilder api) => api
        .MapPost("/dev/token", TokenAsync)
        .AllowAnonymous()
        .WithTags("Development")
        .WithSummary("Get a token (Development only)")
        .WithDescription("Makes the person if there is none of that name, adds the roles to the record of one that is there, and enrols a worker in the given projects, or in all. Outside Development this address does not exist, and it serves this machine only unless Dispatch:Auth:DevTokensBeyondLoopback is set.");

    private static async Task<DevTokenDto> TokenAsync(DevTokenRequest request, HttpContext context, IDispatchStore store, Admissions admissions, IIdSource ids, TokenIssuer tokens, IWorkSignals signals, IOptions<AuthOptions> options)
    {
        DevelopmentDoor.Check(context, options.Value);
        request = request with { Name = ApiCalls.Name(request.Name, "$.name") };
        if (request.Roles.Count == 0 || request.Roles.Any(role => !Roles.All.Contains(role)))
        {
            throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such role, or none was given.", $"Use some of: {string.Join(", ", Roles.All)}.", "$.roles");
        }

        var projects = request.ProjectIds is { } given ? ApiCalls.Ids(given, "$.projectIds") : (request.Roles.Contains(Roles.Worker) ? await AllProjectsAsync(store, context.RequestAborted) : []);
        var workerId = await EnsureAsync(request, projects, store, admissions, ids, context.RequestAborted);
        signals.WorkerChanged(workerId);
        var (token, expires) = tokens.Issue(workerId, request.Roles);
        return new DevTokenDto { Token = token, WorkerId = workerId, ExpiresAt = expires };
    }

    private static async Task<Guid> EnsureAsync(DevTokenRequest request, IReadOnlyCollection<Guid> projects, IDispatchStore store, Admissions admissions, IIdSource ids, CancellationToken cancellation)
    {
        var found = await store.FindWorkerByNameAsync(request.Name, cancellation);
        if (found is null)
        {
            var id = ids.NewId();
            var worker = new WorkerRecord { WorkerId = id, Name = request.Name, DisplayName = request.Name, Roles = request.Roles };
            var outcome = await store.CreateWorkerAsync(worker, projects, Operation(ids, id, "dev.create"), cancellation);
            if (outcome.Status == ApplyStatus.Applied) return id;
            if (outcome.Status == ApplyStatus.NotFound) throw Problems.NotFound(RefusalCode.UnknownProject, "project");

            // Two sign-ins of the same new name at once: the other one made the worker.
            found = await store.FindWorkerByNameAsync(request.Name, cancellation) ?? throw new InvalidOperationException("A worker was neither made nor found.");
        }

        if (!found.IsActive) throw Problems.Refuse(403, RefusalCode.WorkerDeactivated, "This person was deactivated.", "Sign in under another name, or ask a supervisor to activate this one.", "$.name");
        if (request.Roles.Any(role => !found.Roles.Contains(role)))
        {
            // A token alone gives no role, and this door gives what is asked for.
            var granted = found with { Roles = [.. found.Roles.Union(request.Roles)] };
            await store.UpdateWorkerAsync(granted, expectedVersion: null, Operation(ids, found.WorkerId, "dev.grant"), cancellation);
            admissions.Forget(found.WorkerId);
        }

        foreach (var project in projects)
        {
            var outcome = await store.SetEnrolmentAsync(found.WorkerId, project, enrolled: true, Operation(ids, found.WorkerId, "dev.enrol"), cancellation);
            if (outcome.Outcome.Status == ApplyStatus.NotFound) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        }

        return found.WorkerId;
    }

    private static async Task<IReadOnlyList<Guid>> AllProjectsAsync(IDispatchStore store, CancellationToken cancellation) =>
        [.. (await store.ListProjectsAsync(PageCursor.Start, Limits.PageRows, cancellation)).Items.Select(project => project.ProjectId)];

    private static Operation Operation(IIdSource ids, Guid actor, string kind) => new()
    {
        ActorId = actor,
        OperationId = ids.NewId(),
        PayloadHash = new byte[32],
        Kind = kind,
    };
}
