using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms;

/// <summary>The answer forms this build knows.</summary>
public sealed class FormCatalog
{
    private readonly Dictionary<string, IAnswerForm> _forms;

    /// <summary>A catalog of the given forms.</summary>
    /// <param name="forms">The forms; names must differ.</param>
    public FormCatalog(IEnumerable<IAnswerForm> forms) =>
        _forms = forms.ToDictionary(form => form.FormType, StringComparer.Ordinal);

    /// <summary>Names of the forms, sorted.</summary>
    public IReadOnlyList<string> FormTypes => [.. _forms.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Compiles a project's form.</summary>
    /// <param name="formType">Name of the form.</param>
    /// <param name="settings">Its settings (JSON).</param>
    /// <param name="binding">Its binding (JSON).</param>
    public FormCompilation Compile(string formType, string settings, string binding)
    {
        if (!_forms.TryGetValue(formType, out var form))
        {
            return new FormCompilation(null, [new Refusal
            {
                Code = RefusalCode.UnknownForm,
                Message = $"There is no answer form '{formType}'.",
                Remedy = $"Use one of: {string.Join(", ", FormTypes)}.",
                Place = "$.form.type",
            }]);
        }

        using var settingsDocument = JsonDocument.Parse(settings);
        using var bindingDocument = JsonDocument.Parse(binding);
        return form.Compile(settingsDocument.RootElement, bindingDocument.RootElement);
    }
}
