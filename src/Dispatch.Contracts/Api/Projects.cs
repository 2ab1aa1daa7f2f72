using Dispatch.Contracts.Policies;

namespace Dispatch.Contracts.Api;

/// <summary>An answer form with its settings and its binding to the producer's field names.</summary>
public sealed record FormSpec
{
    /// <summary>Name of the form: <c>preference</c> or <c>rating</c>.</summary>
    public required string Type { get; init; }
    /// <summary>The form's settings.</summary>
    public JsonText Settings { get; init; } = new("{}");
    /// <summary>Which of the producer's fields hold what.</summary>
    public required JsonText Binding { get; init; }
}

/// <summary>Creates a project.</summary>
public sealed record CreateProjectRequest
{
    /// <summary>Unique name.</summary>
    public required string Name { get; init; }
    /// <summary>The form.</summary>
    public required FormSpec Form { get; init; }
    /// <summary>Instructions for workers, shown as the texts of tasks are.</summary>
    public string Instructions { get; init; } = "";
    /// <summary>How long accepted work is held without a heartbeat, in seconds, 10 to 86,400. Default 600.</summary>
    public int LeaseSeconds { get; init; } = 600;
    /// <summary>How its work is handed out.</summary>
    public DispatchPolicy Dispatch { get; init; } = new();
    /// <summary>How answers and workers are judged.</summary>
    public QualityPolicy Quality { get; init; } = new();
}

/// <summary>A project.</summary>
public sealed record ProjectDto
{
    /// <summary>Id.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Name.</summary>
    public required string Name { get; init; }
    /// <summary>Form.</summary>
    public required FormSpec Form { get; init; }
    /// <summary>Instructions.</summary>
    public required string Instructions { get; init; }
    /// <summary>Lease in seconds.</summary>
    public required int LeaseSeconds { get; init; }
    /// <summary>How its work is handed out.</summary>
    public DispatchPolicy Dispatch { get; init; } = new();
    /// <summary>How answers and workers are judged.</summary>
    public QualityPolicy Quality { get; init; } = new();
    /// <summary>Version; also the ETag.</summary>
    public required int Version { get; init; }
}

/// <summary>One page of a list.</summary>
public sealed record PageDto<T>
{
    /// <summary>Rows.</summary>
    public required IReadOnlyList<T> Items { get; init; }
    /// <summary>Pass as <c>cursor</c> for the next page; null on the last.</summary>
    public required string? Next { get; init; }
}

/// <summary>What a create returns.</summary>
public sealed record CreatedDto
{
    /// <summary>Id of what was created.</summary>
    public required Guid Id { get; init; }
    /// <summary>What follows from what was decided, or left out, in sentences; empty where there is nothing to say.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
