namespace Dispatch.Contracts.Quality;

/// <summary>What a batch is for.</summary>
public enum BatchPurpose
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Answers are wanted.</summary>
    Work = 1,

    /// <summary>People learn: each answer is judged at once and the known answer is shown with its reason. Its evaluations weigh nothing.</summary>
    Training = 2,

    /// <summary>An exam: its result sets a label. See <see cref="Policies.ExamPolicy"/>.</summary>
    Exam = 3,
}

/// <summary>What an evaluation of a worker rests on.</summary>
public enum EvidenceSource
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>A control task with known answers.</summary>
    Gold = 1,

    /// <summary>A reviewer's verdict.</summary>
    Review = 2,

    /// <summary>What the others answered; the worker's own vote is left out.</summary>
    Consensus = 3,

    /// <summary>Takes an earlier evaluation out of the fold.</summary>
    Mask = 4,

    /// <summary>A reviewer's verdict judged by another reviewer's: about the reviewer.</summary>
    Reviewing = 5,

    /// <summary>Training: told to the worker, weighs nothing.</summary>
    Training = 6,

    /// <summary>A question of an exam: counts for the attempt, weighs nothing.</summary>
    Exam = 7,
}

/// <summary>Why an answer is to be reviewed.</summary>
public enum ReviewCause
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Drawn by the share that the policy says.</summary>
    Sampled = 1,

    /// <summary>A rule asked for it.</summary>
    Rule = 2,

    /// <summary>The answers of the task disagree and no more may be asked for.</summary>
    Disagreement = 3,

    /// <summary>It came late and was kept aside.</summary>
    KeptAside = 4,

    /// <summary>The worker disputes an evaluation of it.</summary>
    Dispute = 5,

    /// <summary>A second look at a first verdict.</summary>
    SecondPass = 6,
}

/// <summary>What a reviewer says.</summary>
public enum ReviewVerdict
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>The answer stands.</summary>
    Approve = 1,

    /// <summary>The answer is corrected, and stands corrected.</summary>
    FixAndApprove = 2,

    /// <summary>The answer no longer counts, and its task is answered again by somebody else.</summary>
    RejectRequeue = 3,

    /// <summary>The answer no longer counts, and nobody answers in its place.</summary>
    RejectRemove = 4,
}

/// <summary>What became of an answer.</summary>
public enum AnswerFate
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>It counts, corrected where a reviewer corrected it.</summary>
    Counted = 1,

    /// <summary>It came when its place was given away: it is stored and credited, and counts nowhere.</summary>
    KeptAside = 2,

    /// <summary>A reviewer rejected it.</summary>
    Rejected = 3,
}

/// <summary>Life of a dispute.</summary>
public enum DisputeState
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Waits for a decision.</summary>
    Open = 1,

    /// <summary>The worker was right: the evaluation is masked.</summary>
    Upheld = 2,

    /// <summary>The evaluation stands; the reason says why.</summary>
    Dismissed = 3,
}

/// <summary>What a quality rule does to a worker.</summary>
public enum QualityAction
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>More gold for a while. Soft.</summary>
    RaiseGoldRate = 1,

    /// <summary>A reviewer looks at the next answers. Soft.</summary>
    AskReviewer = 2,

    /// <summary>Supervisors see a flag. Soft.</summary>
    AttentionFlag = 3,

    /// <summary>Sets a label. Soft.</summary>
    SetLabel = 4,

    /// <summary>No work of the project until a training batch is done. Hard.</summary>
    RequireTraining = 5,

    /// <summary>No work of the batch or project for a time. Hard.</summary>
    Restrict = 6,
}
