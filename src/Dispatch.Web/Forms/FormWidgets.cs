using Dispatch.Web.Forms.Choice;
using Dispatch.Web.Forms.Correction;
using Dispatch.Web.Forms.Preference;
using Dispatch.Web.Forms.Ranking;
using Dispatch.Web.Forms.Rating;
using Dispatch.Web.Forms.Spans;

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
