using System.Text.RegularExpressions;
using Dispatch.Client;
using Dispatch.Contracts;

namespace Dispatch.Web.Refusals;

/// <summary>
/// A refusal as a page says it. The server's words are for everybody, whoever writes a client among them; where they speak of calls, headers,
/// ids or places in a message, a page says the same in words of its own, by the code. This is the only table of them.
/// </summary>
/// <param name="Message">What was refused, and why.</param>
/// <param name="Remedy">What to do; empty when there is nothing.</param>
/// <param name="Code">The code; null when the server gave none.</param>
public sealed partial record RefusalWords(string Message, string Remedy, RefusalCode? Code)
{
    private static readonly Dictionary<string, RefusalCode> Codes = Enum.GetValues<RefusalCode>().ToDictionary(RefusalCodes.Name);

    // Places in a policy, as the pages that set it call them.
    private static readonly Dictionary<string, string> Fields = new()
    {
        ["evidence.enter"] = "The evidence",
        ["accuracy.threshold"] = "The accuracy",
        ["accuracy.probability"] = "“Sure by”",
        ["accuracy.hysteresis"] = "“Falls below”",
        ["handlingTime.ratioMax"] = "The handling time",
        ["rank.topShare"] = "The share of the leaderboard",
        ["tenure.answers"] = "The number of answers",
        ["dwellAnswers"] = "“Stays for at least”",
        ["release.afterSeconds"] = "The waiting time",
        ["shareGuard.shareMax"] = "The share of the batch",
    };

    /// <summary>The code as the documentation names it, for whoever has to look it up; null when there is none.</summary>
    public string? CodeName => Code is { } code and not RefusalCode.Unspecified ? RefusalCodes.Name(code) : null;

    /// <summary>A refusal by a hub.</summary>
    /// <param name="refusal">What the server said.</param>
    public static RefusalWords Of(Refusal refusal) => Of(refusal.Code, refusal.Message, refusal.Remedy);

    /// <summary>A refusal by the API.</summary>
    /// <param name="failure">What the server said.</param>
    public static RefusalWords Of(DispatchApiException failure) =>
        Codes.TryGetValue(failure.Code, out var code) ? Of(code, failure.Text, failure.Remedy) : new("The server gave an answer that this page cannot read.", "Load the page again; if that does not help, tell a supervisor.", null);

    /// <summary>The server did not answer.</summary>
    /// <param name="stale">What that means for what is shown.</param>
    public static RefusalWords NoAnswer(string stale) => new("The server does not answer.", stale, null);

    private static RefusalWords Of(RefusalCode code, string message, string remedy)
    {
        var own = Own(code);
        if (IsOwnAlways(code)) return new(own.Message, own.Remedy, code);
        var said = Named(message);
        return IsForPeople(said) ? new(said, IsForPeople(remedy) ? remedy : "", code) : new(own.Message, own.Remedy, code);
    }

    /// <summary>Who somebody is, and whether a command took effect, is said the same way wherever it is found out.</summary>
    private static bool IsOwnAlways(RefusalCode code) => code is RefusalCode.Unauthenticated or RefusalCode.Forbidden or RefusalCode.OutcomeUnknown or RefusalCode.Busy or RefusalCode.StaleLease;

    private static (string Message, string Remedy) Own(RefusalCode code) => code switch
    {
        RefusalCode.Unauthenticated => ("Your sign-in has run out, or is not taken here.", "Sign in again; what you have done is kept."),
        RefusalCode.Forbidden => ("This page is not for the role you signed in with.", "Sign in as somebody who may use it, or go to the page of your role."),
        RefusalCode.UnknownWorker => ("Nobody is registered here under your sign-in.", "Ask a supervisor to register you, then sign in again."),
        RefusalCode.WorkerDeactivated => ("Your account was deactivated.", "Ask a supervisor why, and to activate it again."),
        RefusalCode.NotEnrolled => ("You are not enrolled in this project.", "Ask a supervisor to enrol you."),
        RefusalCode.UnknownAssignment or RefusalCode.StaleLease or RefusalCode.AssignmentEnded =>
            ("This task is not yours any more: its time ran out, or it was answered, given back or taken back.", "The page shows what you have now. What you had done is kept as a draft."),
        RefusalCode.OfferGone => ("The offer is gone: it ran out, or somebody else took it first.", "Your place in the queue is unchanged, and the next offer will come."),
        RefusalCode.StaleDraft => ("Another tab has changed this draft meanwhile.", "Go on in one tab; what is typed last is kept."),
        RefusalCode.OutcomeUnknown => ("It is not known yet whether that took effect.", "Look whether it did, and try again if not."),
        RefusalCode.Busy => ("The server has too much to do at the moment; nothing took effect.", "Try again in a few seconds."),
        RefusalCode.InternalError => ("Something failed on the server; nothing took effect.", "Try again; if it fails again, tell a supervisor."),
        RefusalCode.InvalidTransition => ("That is not possible now: its state has changed.", "Look at how it stands, and decide again."),
        RefusalCode.VersionMismatch => ("Somebody else has changed it meanwhile.", "Look at the change, and decide again."),
        RefusalCode.OperationConflict or RefusalCode.OperationIdMissing or RefusalCode.MalformedRequest or RefusalCode.UnsupportedMediaType or RefusalCode.BadCursor =>
            ("The page and the server do not understand each other.", "Load the page again: it may be older than the server."),
        RefusalCode.ValueOutOfRange or RefusalCode.FormMismatch => ("What you entered is not taken as it is.", "Look at it again: something is missing, too long, or out of its range."),
        RefusalCode.PayloadTooLarge => ("That is too long.", "Shorten it; nothing was stored."),
        RefusalCode.InvalidPolicy => ("These settings do not fit together.", "Look at the figures again."),
        RefusalCode.InvalidForm or RefusalCode.NotJson or RefusalCode.BindingMismatch => ("That does not fit the form of this project.", "Look at it again."),
        RefusalCode.UnknownTask => ("There is no such task in this batch.", "Look at the key: it is the producer's, letter by letter."),
        RefusalCode.UnknownProject or RefusalCode.UnknownBatch or RefusalCode.UnknownImport or RefusalCode.UnknownForm or RefusalCode.UnknownReview or RefusalCode.UnknownDispute or RefusalCode.NotFound =>
            ("That is not there (any more).", "Load the page again."),
        RefusalCode.NotEligible => ("They may not have this work.", "Choose somebody else."),
        RefusalCode.DuplicateName or RefusalCode.DuplicateTask => ("That name is taken.", "Choose another."),
        _ => ("That was refused.", "Load the page again; if that does not help, tell a supervisor."),
    };

    /// <summary>A place in a message ("$.policy.accuracy.threshold: 7 is not …") under the name it has on the page, or under none.</summary>
    private static string Named(string message)
    {
        if (Place().Match(message) is not { Success: true } place) return message;
        var path = place.Groups["path"].Value;
        var rest = message[place.Length..];
        var field = Fields.FirstOrDefault(known => path == known.Key || path.EndsWith($".{known.Key}", StringComparison.Ordinal)).Value;
        return field is not null ? $"{field}: {rest}" : rest is [var first, ..] ? char.ToUpperInvariant(first) + rest[1..] : rest;
    }

    /// <summary>Whether a sentence speaks of what a person sees, and not of the protocol.</summary>
    /// <param name="sentence">The sentence.</param>
    public static bool IsForPeople(string sentence) => sentence.Length > 0 && !Protocol().IsMatch(sentence);

    [GeneratedRegex(@"^\$\.?(?<path>[\w.\[\]]*):\s*")]
    private static partial Regex Place();

    [GeneratedRegex(@"\$|`|^(Send|Call|Give an object|Use one of)\b|\b(assignment|lease|epoch|token|bearer|authorization|header|operation id|operationId|idempotency|if-match|payload|JSON|UUID|UTF-16|surrogate|NUL|hub|API|endpoint|HTTP|request|body|calls?|called|connection|cursor|members?|snapshot|protocol)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Protocol();
}
