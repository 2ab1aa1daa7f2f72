using Dispatch.Web.Steering;
using MudBlazor;

namespace Dispatch.Web.Working;

/// <summary>What is asked of a person at work before something is done that cannot be undone.</summary>
public static class WorkQuestions
{
    /// <summary>Before a task is given back: by the protocol it never comes to this person again, and what was done to it is gone for them.</summary>
    public static DialogParameters<ConfirmDialog> GiveBack() => new()
    {
        { dialog => dialog.Verb, "Give it back" },
        { dialog => dialog.Leave, "Keep it" },
        { dialog => dialog.Consequence, "Somebody else gets it, and it does not come to you again. What you have done to it is not sent." },
        { dialog => dialog.ReasonIsOptional, true },
        { dialog => dialog.ReasonLabel, "Why? (if you like; supervisors read it)" },
    };

    /// <summary>Before somebody stops for the day with a task in hand.</summary>
    /// <param name="lease">How long it is held, in words.</param>
    public static DialogParameters<ConfirmDialog> Stop(string lease) => new()
    {
        { dialog => dialog.Verb, "Stop" },
        { dialog => dialog.Leave, "Go on" },
        { dialog => dialog.Consequence, $"You have a task ({lease}). It stays yours until its time has run out, and all you have done to it is kept; then others may get it. If you will not finish it, give it back instead, so that nobody waits." },
        { dialog => dialog.AsksReason, false },
    };
}
