using Dispatch.Contracts.Policies;

namespace Dispatch.Storage;

/// <summary>A project as stored.</summary>
public sealed record ProjectRecord
{
    /// <summary>Id.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Name, unique.</summary>
    public required string Name { get; init; }
    /// <summary>Name of its answer form.</summary>
    public required string FormType { get; init; }
    /// <summary>Settings of the form, JSON.</summary>
    public required string FormSettings { get; init; }
    /// <summary>Binding of the form to the producer's field names, JSON.</summary>
    public required string Binding { get; init; }
    /// <summary>Instructions, Markdown.</summary>
    public required string Instructions { get; init; }
    /// <summary>How long accepted work is held without a heartbeat.</summary>
    public required TimeSpan Lease { get; init; }
    /// <summary>How its work is handed out.</summary>
    public DispatchPolicy Policy { get; init; } = new();
    /// <summary>How answers and workers are judged.</summary>
    public QualityPolicy Quality { get; init; } = new();
    /// <summary>Grows with every change; starts at 1.</summary>
    public int Version { get; init; } = 1;
    /// <summary>Grows in every transaction that makes work of this project available (the wake-up that cannot be lost).</summary>
    public long WorkVersion { get; init; }
    /// <summary>Created (store time; ignored on create).</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A form as it was at a version of its project.</summary>
/// <param name="FormType">Name of the form.</param>
/// <param name="Settings">Settings of the form, JSON.</param>
/// <param name="Binding">Binding of the form to the producer's field names, JSON.</param>
public sealed record ProjectForm(string FormType, string Settings, string Binding);

/// <summary>Projects.</summary>
public interface IProjectStore
{
    /// <summary>Creates one. <see cref="ApplyStatus.Duplicate"/> when the name is taken.</summary>
    Task<ApplyOutcome> CreateProjectAsync(ProjectRecord project, Operation operation, CancellationToken cancellation);

    /// <summary>Replaces instructions, form settings, binding, lease, dispatch and quality policy and name; <paramref name="expectedVersion"/> null skips the check. Version grows by one, and the work version with it: every process reads the project again.</summary>
    Task<ApplyOutcome> UpdateProjectAsync(ProjectRecord project, int? expectedVersion, Operation operation, CancellationToken cancellation);

    /// <summary>Null when there is none.</summary>
    Task<ProjectRecord?> GetProjectAsync(Guid projectId, CancellationToken cancellation);

    /// <summary>The form as it was at a version of the project (the first form that is known, for versions before it); null when there is no such project.</summary>
    Task<ProjectForm?> GetFormAsync(Guid projectId, int version, CancellationToken cancellation);

    /// <summary>By creation, oldest first.</summary>
    Task<Page<ProjectRecord>> ListProjectsAsync(PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Work versions of the given projects, in one round trip; a missing project is left out.</summary>
    Task<IReadOnlyDictionary<Guid, long>> ReadWorkVersionsAsync(IReadOnlyCollection<Guid> projectIds, CancellationToken cancellation);
}
