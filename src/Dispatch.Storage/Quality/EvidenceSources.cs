namespace Dispatch.Storage;

/// <summary>
/// Names of evaluations: what an evaluation comes from, unique per worker. They are made of the assignment, so the evaluations of an answer are found by their names. (A gold answer that
/// was judged anew has a name of its own; evaluations by gold are found by their assignment.)
/// </summary>
public static class EvidenceSources
{
    private const int Passes = 3;

    /// <summary>A reviewer's verdict.</summary>
    /// <param name="assignmentId">The answer's assignment.</param>
    /// <param name="pass">Which look.</param>
    public static string Review(Guid assignmentId, int pass) => $"{EvidenceKinds.Review}:{assignmentId:N}:{pass}";

    /// <summary>What the others answered.</summary>
    /// <param name="assignmentId">The answer's assignment.</param>
    public static string Consensus(Guid assignmentId) => $"{EvidenceKinds.Consensus}:{assignmentId:D}";

    /// <summary>Names under which an answer may have been judged, first judgements by gold apart: those by review, consensus, training and exam.</summary>
    /// <param name="assignmentId">The answer's assignment.</param>
    public static IEnumerable<string> OfAnswer(Guid assignmentId) =>
        Enumerable.Range(1, Passes).Select(pass => Review(assignmentId, pass))
            .Append(Consensus(assignmentId)).Append($"{EvidenceKinds.Training}:{assignmentId:D}").Append($"{EvidenceKinds.Exam}:{assignmentId:D}");
}
