using Orleans;

namespace Dispatch.Contracts;

/// <summary>What was refused, why, and what to do about it.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.refusal")]
public sealed record Refusal
{
    /// <summary>The reason, from the closed set.</summary>
    [Id(0)] public required RefusalCode Code { get; init; }

    /// <summary>What was refused and why, in a sentence for a person.</summary>
    [Id(1)] public required string Message { get; init; }

    /// <summary>What to do about it, in a sentence for a person.</summary>
    [Id(2)] public required string Remedy { get; init; }

    /// <summary>Where: a field path (<c>$.strength</c>) or a line (<c>line 17</c>). Null when it is about the whole.</summary>
    [Id(3)] public string? Place { get; init; }

    /// <summary>Milliseconds to wait before trying again; null when waiting does not help.</summary>
    [Id(4)] public int? RetryAfterMs { get; init; }
}
