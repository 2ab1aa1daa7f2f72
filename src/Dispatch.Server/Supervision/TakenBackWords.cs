using Dispatch.Contracts;

namespace Dispatch.Server.Supervision;

/// <summary>What a worker is told when something is taken back.</summary>
public static class TakenBackWords
{
    /// <summary>A supervisor took back what was accepted, or all of it.</summary>
    /// <param name="reason">Why.</param>
    public static string Withdrawn(string reason) => $"A supervisor took it back: {Sentence.Of(reason)} Your time is on your ledger.";

    /// <summary>Somebody was taken off a project.</summary>
    public const string Removed = "You were taken off the project, so it was taken back before you began. It is not held against you.";

    /// <summary>A batch stopped handing out work, and with it went what nobody had begun.</summary>
    /// <param name="status">What the batch is now.</param>
    /// <param name="reason">Why, if anybody said so.</param>
    public static string Unbegun(BatchStatus status, string? reason)
    {
        var cause = status switch
        {
            BatchStatus.Paused => "Its batch was paused",
            BatchStatus.Closed => "Its batch was closed",
            _ => "Its batch hands out nothing more",
        };
        return $"{cause}, so it was taken back before you began. {(string.IsNullOrWhiteSpace(reason) ? "" : $"The reason given: {Sentence.Of(reason)} ")}It is not held against you.";
    }
}
