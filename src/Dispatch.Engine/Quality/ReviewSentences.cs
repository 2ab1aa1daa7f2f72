using Dispatch.Contracts.Quality;

namespace Dispatch.Engine.Quality;

/// <summary>Decisions of reviewers as the author of the answer is told of them.</summary>
public static class ReviewSentences
{
    /// <summary>
    /// The decision in one sentence. It says the same of every task: that nobody is asked again for a control task, which has no place to fill, would tell it from others.
    /// </summary>
    /// <param name="verdict">The decision.</param>
    /// <param name="pass">Which look it was.</param>
    public static string Of(ReviewVerdict verdict, int pass)
    {
        var who = pass > 1 ? "Another reviewer looked again and" : "A reviewer";
        return verdict switch
        {
            ReviewVerdict.Approve => $"{who} approved your answer.",
            ReviewVerdict.FixAndApprove => $"{who} corrected your answer; it stands as corrected.",
            ReviewVerdict.RejectRequeue => $"{who} rejected your answer: it does not count, and the task is asked again of somebody else.",
            ReviewVerdict.RejectRemove => $"{who} rejected your answer: it does not count, and nobody is asked in its place.",
            _ => $"{who} looked at your answer.",
        };
    }

    /// <summary>The decision and the reviewer's note.</summary>
    /// <param name="verdict">The decision.</param>
    /// <param name="pass">Which look it was.</param>
    /// <param name="note">What the reviewer wrote; null or blank when nothing.</param>
    public static string WithNote(ReviewVerdict verdict, int pass, string? note) =>
        string.IsNullOrWhiteSpace(note) ? Of(verdict, pass) : $"{Of(verdict, pass)} The note to you: “{note.Trim()}”";
}
