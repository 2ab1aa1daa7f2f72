using Dispatch.Contracts;
using Dispatch.Web.Forms.Choice;
using Dispatch.Web.Forms.Correction;
using Dispatch.Web.Forms.Preference;
using Dispatch.Web.Forms.Ranking;
using Dispatch.Web.Forms.Rating;
using Dispatch.Web.Forms.Spans;
using Microsoft.AspNetCore.Components;

namespace Dispatch.Web.Forms;

/// <summary>The widget of each answer form, by the form's name. A new form is one folder here, one line, and its words in <see cref="AnswerWords"/>.</summary>
public sealed class FormWidgets
{
    private readonly Dictionary<string, Type> _widgets = new()
    {
        ["preference"] = typeof(PreferenceWidget),
        ["rating"] = typeof(RatingWidget),
        ["ranking"] = typeof(RankingWidget),
        ["choice"] = typeof(ChoiceWidget),
        ["correction"] = typeof(CorrectionWidget),
        ["spans"] = typeof(SpansWidget),
    };

    /// <summary>The widget; null for a form this console does not know.</summary>
    /// <param name="formType">The form.</param>
    public Type? Find(string formType) => _widgets.GetValueOrDefault(formType);
}

/// <summary>What the work page gives to, and wants from, a widget.</summary>
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

    /// <summary>Whether it may be submitted.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>A key was pressed.</summary>
    /// <param name="key">Its name, as browsers name it.</param>
    public abstract Task OnKeyAsync(string key);

    /// <summary>Keys of the form, for the help line.</summary>
    public abstract string KeyHelp { get; }
}
