namespace Dispatch.Contracts.Api;

/// <summary>Creates a worker (or anybody with a role).</summary>
public sealed record CreateWorkerRequest
{
    /// <summary>Unique login name.</summary>
    public required string Name { get; init; }
    /// <summary>Name shown; the login name when left out.</summary>
    public string? DisplayName { get; init; }
    /// <summary>Roles; worker when left out.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [Contracts.Roles.Worker];
    /// <summary>Labels: names with strings, numbers or booleans.</summary>
    public JsonText Labels { get; init; } = new("{}");
    /// <summary>Assignments held at once.</summary>
    public int Capacity { get; init; } = 1;
    /// <summary>Projects to enrol in.</summary>
    public IReadOnlyList<Guid> ProjectIds { get; init; } = [];
}

/// <summary>Changes a worker; what is left out stays.</summary>
public sealed record UpdateWorkerRequest
{
    /// <summary>Name shown.</summary>
    public string? DisplayName { get; init; }
    /// <summary>Roles.</summary>
    public IReadOnlyList<string>? Roles { get; init; }
    /// <summary>Labels.</summary>
    public JsonText? Labels { get; init; }
    /// <summary>Assignments held at once.</summary>
    public int? Capacity { get; init; }
    /// <summary>False deactivates.</summary>
    public bool? IsActive { get; init; }
}

/// <summary>A worker.</summary>
public sealed record WorkerDto
{
    /// <summary>Id.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Login name.</summary>
    public required string Name { get; init; }
    /// <summary>Name shown.</summary>
    public required string DisplayName { get; init; }
    /// <summary>Roles.</summary>
    public required IReadOnlyList<string> Roles { get; init; }
    /// <summary>Labels.</summary>
    public required JsonText Labels { get; init; }
    /// <summary>Capacity.</summary>
    public required int Capacity { get; init; }
    /// <summary>Active.</summary>
    public required bool IsActive { get; init; }
    /// <summary>Version; also the ETag.</summary>
    public required int Version { get; init; }
}

/// <summary>What an enrolled worker is doing, and holds.</summary>
public sealed record WorkerPresenceDto
{
    /// <summary>Id.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Login name.</summary>
    public required string Name { get; init; }
    /// <summary>Name shown.</summary>
    public required string DisplayName { get; init; }
    /// <summary>Active.</summary>
    public required bool IsActive { get; init; }
    /// <summary>Assignments held at once.</summary>
    public required int Capacity { get; init; }
    /// <summary>Present activity.</summary>
    public required Activity Activity { get; init; }
    /// <summary>Why, if it was said.</summary>
    public required string? ActivityReason { get; init; }
    /// <summary>Since when.</summary>
    public required DateTimeOffset ActivitySince { get; init; }
    /// <summary>What the worker holds, of any project; oldest first.</summary>
    public required IReadOnlyList<AssignmentDto> Held { get; init; }
}

/// <summary>Asks for a token; only in Development.</summary>
public sealed record DevTokenRequest
{
    /// <summary>Login name; created when there is nobody of that name.</summary>
    public required string Name { get; init; }
    /// <summary>Roles.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [Contracts.Roles.Worker];
    /// <summary>Projects to enrol in; every project when left out and the role is worker.</summary>
    public IReadOnlyList<Guid>? ProjectIds { get; init; }
}

/// <summary>A token.</summary>
public sealed record DevTokenDto
{
    /// <summary>The bearer token.</summary>
    public required string Token { get; init; }
    /// <summary>Who it is for.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Until when.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
