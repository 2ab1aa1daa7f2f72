namespace Dispatch.Storage;

/// <summary>Exams. The answers are evaluations of kind <see cref="EvidenceKinds.Exam"/>, committed with them; what is kept here is how attempts ended.</summary>
public interface IExamStore
{
    /// <summary>What the exams of a worker are folded from; of one project when given.</summary>
    Task<ExamRows> LoadExamsAsync(Guid workerId, Guid? projectId, CancellationToken cancellation);

    /// <summary>
    /// Stores how an attempt ended and, in the same transaction, sets the worker's labels when <paramref name="labels"/> (JSON object text) is given: the worker's version must be
    /// <paramref name="expectedVersion"/> then, and grows by one. <see cref="ApplyStatus.Duplicate"/> when the attempt is stored already, <see cref="ApplyStatus.NotFound"/>,
    /// <see cref="ApplyStatus.VersionMismatch"/>; in each of them nothing changes.
    /// </summary>
    Task<ApplyOutcome> EndExamAttemptAsync(ExamAttemptRow attempt, string? labels, int expectedVersion, Operation operation, CancellationToken cancellation);

    /// <summary>Grants a further attempt, which may begin at once; bumps the work version of the project. <see cref="ApplyStatus.NotFound"/> when the worker is not enrolled in it.</summary>
    Task<ApplyOutcome> GrantExamAsync(ExamGrantRow grant, Operation operation, CancellationToken cancellation);
}
