using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What a worker shows at the door of a golden batch: the judgement of its gate. Nothing golden is handed out without one.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.gate-pass")]
public sealed record GatePass
{
    /// <summary>Last evaluation judged, the one of the same commit included.</summary>
    [Id(0)] public required long EvaluationSequence { get; init; }
    /// <summary>Epoch of the board; 0 when no clause needed one.</summary>
    [Id(1)] public required long BoardEpoch { get; init; }
    /// <summary>Version of the gate.</summary>
    [Id(2)] public required int PolicyVersion { get; init; }
    /// <summary>See <see cref="StoredJudgement"/> (JSON).</summary>
    [Id(3)] public required string Judgement { get; init; }
    /// <summary>The worker was outside before.</summary>
    [Id(4)] public required bool Enters { get; init; }
    /// <summary>Only tasks that have waited so long: the gate is widened, or open, for those. Zero for who passes the gate itself.</summary>
    [Id(5)] public TimeSpan MinAge { get; init; }

    /// <summary>What is stored with the assignment.</summary>
    /// <param name="projectId">The project.</param>
    public GateStamp Stamp(Guid projectId) => new(projectId, EvaluationSequence, BoardEpoch, PolicyVersion, Judgement, Enters);
}
