using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

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

    /// <summary>The first text in it that cannot be stored. A name that is half a surrogate pair cannot even be compared with the names a form knows.</summary>
    private static Refusal? Unstorable(JsonElement value, string place)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return JsonTexts.TryGet(value, out _) ? null : Unusable(place, "The text");
            case JsonValueKind.Array:
                return value.EnumerateArray().Index().Select(pair => Unstorable(pair.Item, $"{place}[{pair.Index}]")).FirstOrDefault(fault => fault is not null);
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (!JsonTexts.TryName(member, out var name)) return Unusable(place, "The name of a member");
                    if (Unstorable(member.Value, $"{place}.{JsonTexts.Quote(name)}") is { } fault) return fault;
                }

                return null;
            default:
                return null;
        }
    }

    private static Refusal Unusable(string place, string what) => new()
    {
        Code = RefusalCode.InvalidForm,
        Message = $"{what} holds {StorableText.Fault}.",
        Remedy = "Leave those characters out.",
        Place = place,
    };

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
        if ((Unstorable(settingsDocument.RootElement, "$.form.settings") ?? Unstorable(bindingDocument.RootElement, "$.form.binding")) is { } unstorable)
        {
            return new FormCompilation(null, [unstorable]);
        }

        return form.Compile(settingsDocument.RootElement, bindingDocument.RootElement);
    }
}
