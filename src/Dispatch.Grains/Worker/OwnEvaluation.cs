using Dispatch.Engine.Quality;

namespace Dispatch.Grains;

/// <summary>The worker's own evaluation, as it is committed with the answer that it judges.</summary>
/// <param name="Row">The row, as the fold takes it.</param>
/// <param name="Kind">As stored.</param>
/// <param name="Score">In [0,1].</param>
/// <param name="Weight">In [0,1].</param>
/// <param name="KnownVersion">Version of the accepted answers.</param>
internal sealed record OwnEvaluation(EvidenceRow Row, string Kind, double Score, double Weight, int KnownVersion)
{
    public bool IsExam => Kind == Storage.EvidenceKinds.Exam;

    public bool IsTraining => Kind == Storage.EvidenceKinds.Training;
}
