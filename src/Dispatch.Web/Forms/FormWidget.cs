using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.AspNetCore.Components;

namespace Dispatch.Web.Forms;

/// <summary>
/// What the work page gives to a widget, and wants from it. Nothing is chosen but by the person: a widget starts empty, and its
/// <see cref="Missing"/> says what is still to be chosen.
/// </summary>
public abstract class FormWidget : ComponentBase
{
    /// <summary>The form's settings.</summary>
    [Parameter, EditorRequired]
    public JsonText Settings { get; set; } = null!;

    /// <summary>What to show.</summary>
    [Parameter, EditorRequired]
    public JsonText Content { get; set; } = null!;

    /// <summary>A draft to go on with; null for a fresh start.</summary>
    [Parameter]
    public JsonText? Draft { get; set; }

    /// <summary>The answer changed; complete or not, it is a draft.</summary>
    [Parameter]
    public EventCallback<JsonText> DraftChanged { get; set; }

    /// <summary>The answer as it stands.</summary>
    public abstract JsonText Answer { get; }

    /// <summary>What is still to be done before the answer may be submitted, in words for the person; null when nothing is.</summary>
    public abstract string? Missing { get; }

    /// <summary>Keys of the form, for the help line.</summary>
    public abstract string KeyHelp { get; }

    /// <summary>The keys that mean something in this form, as browsers name them, letters small. All others keep what they do in a browser: arrows scroll.</summary>
    public abstract IReadOnlyList<string> Keys { get; }

    /// <summary>The widget puts the focus where the work begins; else the page puts it on the task's heading.</summary>
    public virtual bool TakesFocus => false;

    /// <summary>Whether a reason can be given: the key W goes to it.</summary>
    public bool HasReason => ReasonRule is not "none";

    /// <summary>The project's rule for the reason: none, optional or required.</summary>
    protected string ReasonRule { get; set; } = "none";

    /// <summary>The reason, as typed.</summary>
    protected string? Reason { get; set; }

    /// <summary>The field of the reason, where there is one.</summary>
    protected ReasonField? ReasonField { get; set; }

    /// <summary>What is missing of the reason.</summary>
    protected string? MissingReason => ReasonRule == "required" && string.IsNullOrWhiteSpace(Reason) ? "Say why (W)." : null;

    /// <summary>A key was pressed outside every field.</summary>
    /// <param name="key">Its name, as browsers name it, letters small.</param>
    public Task PressAsync(string key) => key == "w" && ReasonField is { } field ? field.FocusAsync() : OnKeyAsync(key);

    /// <summary>Takes in what was typed and was not told yet, for a box that tells in pauses.</summary>
    /// <returns>True when the answer changed by it.</returns>
    public virtual bool Flush() => false;

    /// <summary>A key of <see cref="Keys"/> was pressed.</summary>
    /// <param name="key">Its name, letters small.</param>
    protected abstract Task OnKeyAsync(string key);

    /// <summary>Reads the rule from the settings, and forgets the reason of the task before.</summary>
    protected void StartReason(JsonElement settings, string otherwise = "none") => (ReasonRule, Reason) = (settings.Text("reason") ?? otherwise, null);

    /// <summary>Puts the reason into an answer, if one was given.</summary>
    protected void AddReason(Dictionary<string, object> answer)
    {
        if (!string.IsNullOrWhiteSpace(Reason)) answer["reason"] = Reason;
    }

    /// <summary>The person typed a reason.</summary>
    protected Task SetReasonAsync(string reason)
    {
        Reason = reason;
        return ChangedAsync();
    }

    /// <summary>Shows the answer, and tells the page of it.</summary>
    protected Task ChangedAsync()
    {
        StateHasChanged();
        return DraftChanged.InvokeAsync(Answer);
    }
}
