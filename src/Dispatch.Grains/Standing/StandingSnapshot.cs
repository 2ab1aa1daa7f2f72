using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Quality;

namespace Dispatch.Grains;

/// <summary>Folds of one worker in one project with their positions. Doubles survive JSON to the bit.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Evidence">The fold of evaluations with its checkpoints; its position is the last sequence.</param>
/// <param name="Handling">The fold of handling times.</param>
/// <param name="AnswerId">Its position.</param>
/// <param name="FirstAnswerAt">First answer.</param>
/// <param name="Told">What was told where gold is hidden; null in a snapshot of an older version.</param>
/// <param name="ToldAnswers">Answers at that time.</param>
internal sealed record ProjectSnapshot(
    Guid ProjectId, EvidenceSnapshot Evidence, HandlingSnapshot Handling, long AnswerId, DateTimeOffset? FirstAnswerAt, QualityFold? Told = null, long ToldAnswers = 0);

/// <summary>All of a worker.</summary>
/// <param name="Version">Shape of the snapshot: another one is not read.</param>
/// <param name="Projects">By project.</param>
internal sealed record StandingSnapshot(int Version, IReadOnlyList<ProjectSnapshot> Projects)
{
    public const int VersionNow = 2;

    public string ToJson() => JsonSerializer.Serialize(this, DispatchJson.Options);

    /// <summary>Nothing when it cannot be read: it is only a shortcut.</summary>
    public static IReadOnlyList<ProjectSnapshot> Read(string? json)
    {
        if (json is null) return [];
        try
        {
            return JsonSerializer.Deserialize<StandingSnapshot>(json, DispatchJson.Options) is { Version: VersionNow } snapshot ? snapshot.Projects : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
