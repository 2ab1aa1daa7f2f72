using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Storage;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Auth;

/// <summary>Makes the record of the person who makes all others (<see cref="AuthOptions.FirstAdmin"/>).</summary>
internal static class FirstAdmin
{
    public static Task EnsureAsync(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<IOptions<AuthOptions>>().Value.FirstAdmin is { } id ? EnsureAsync(id, services, cancellation) : Task.CompletedTask;

    /// <summary>Makes an admin's record, unless somebody has this id already.</summary>
    /// <param name="id">The id.</param>
    /// <param name="services">The server's services.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task EnsureAsync(Guid id, IServiceProvider services, CancellationToken cancellation)
    {
        var store = services.GetRequiredService<IDispatchStore>();
        if (await store.GetWorkerAsync(id, cancellation) is not null) return;
        var operation = new Operation
        {
            ActorId = id,
            OperationId = services.GetRequiredService<IIdSource>().NewId(),
            PayloadHash = new byte[32],
            Kind = "admin.first",
            AuditSubject = id,
        };

        // Two processes that start at once make one: the second finds the id taken, and the name too.
        await store.CreateWorkerAsync(new WorkerRecord { WorkerId = id, Name = $"admin {id}", DisplayName = "Admin", Roles = [Roles.Admin] }, [], operation, cancellation);
    }
}
