using System.Text.RegularExpressions;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;

namespace Dispatch.Web.Steering;

/// <summary>Figures and states in words.</summary>
public static class Words
{
    /// <summary>A span of time, short.</summary>
    /// <param name="seconds">Seconds; null when there is none.</param>
    public static string Age(double? seconds) => seconds switch
    {
        null => "–",
        < 60 => $"{seconds:0} s",
        < 3_600 => $"{seconds / 60:0} min",
        < 172_800 => $"{seconds / 3_600:0.0} h",
        _ => $"{seconds / 86_400:0} days",
    };

    /// <summary>How an attempt ended.</summary>
    /// <param name="state">The state it ended in.</param>
    public static string Ending(AssignmentState state) => state switch
    {
        AssignmentState.Returned => "given back",
        AssignmentState.TimedOut => "offered, and not answered",
        AssignmentState.Abandoned => "time ran out",
        _ => state.ToString().ToLowerInvariant(),
    };

    /// <summary>Why somebody else has nothing to do. The server says it to the person it is about; to a supervisor it is said of them.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="person">Whom it is about.</param>
    public static string OfOther(IdleReason reason, WorkerPresenceDto person) => reason.Reason switch
    {
        "not_available" => $"{person.DisplayName} is not available, and gets nothing until they are.",
        "not_enrolled" => $"{person.DisplayName} is enrolled in no project.",
        "capacity_full" => $"{person.DisplayName} holds as much as they may: {string.Join(", ", person.Held.Select(held => held.TaskKey))}. The next comes when that is answered or given back.",
        _ => $"{reason.Text} {reason.Remedy}".TrimEnd() is var said && Regex.IsMatch(said, @"\byou(r|rs)?\b", RegexOptions.IgnoreCase) ? $"{person.DisplayName} is told: “{said}”" : said,
    };

    /// <summary>What keeps a task from somebody.</summary>
    /// <param name="reason">The reason, as the API names it.</param>
    public static string Bar(string reason) => reason switch
    {
        "none" => "may have it: it is on its way",
        "no_free_slot" => "wait for a place: every answer it needs is being worked on",
        "already_involved" => "had it already",
        "handed_back" => "gave it back or declined it",
        "cooling_down" => "let it run out a short while ago",
        "kept_for_another" => "are not the one it is kept for",
        "selectors" => "do not have the labels that the batch asks for",
        _ => reason.Replace('_', ' '),
    };
}
