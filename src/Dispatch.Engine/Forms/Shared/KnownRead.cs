using System.Globalization;
using System.Text.Json;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>What a value of a line is as a known answer: an answer, the statement that there is none, or nothing that fits.</summary>
internal readonly record struct KnownRead
{
    /// <summary>The answer in canonical form; null otherwise.</summary>
    public string? Canonical { get; private init; }

    /// <summary>Why it does not fit, as the end of a sentence; null otherwise.</summary>
    public string? Why { get; private init; }

    /// <summary>What whoever imports should know of it.</summary>
    public LineNote? Note { get; init; }

    /// <summary>The line has no known answer.</summary>
    public bool IsNone => Canonical is null && Why is null;

    public static KnownRead None => default;

    public static KnownRead Is(string canonical, LineNote? note = null) => new() { Canonical = canonical, Note = note };

    public static KnownRead Unfit(string why) => new() { Why = why };

    /// <summary>The answer of a rule that knows only yes and no.</summary>
    public static KnownRead IsOr(string? canonical, string why) => canonical is null ? Unfit(why) : Is(canonical);

    /// <summary>Whether a value says that there is no answer: null, an empty text, and what spreadsheets and scripts write in its place.</summary>
    public static bool SaysNone(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return true;
        if (!JsonTexts.TryGet(value, out var text)) return false;
        return text.Trim().ToLowerInvariant() is "" or "n/a" or "na" or "null" or "none" or "nan";
    }

    /// <summary>A number, or a text that is one: <c>4</c>, <c>4.0</c>, <c>"4"</c>.</summary>
    public static bool TryNumber(JsonElement value, out double number)
    {
        number = 0;
        if (value.ValueKind == JsonValueKind.Number) return value.TryGetDouble(out number) && double.IsFinite(number);
        return JsonTexts.TryGet(value, out var text)
            && double.TryParse(text.Trim(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    /// <summary>A whole number, however it is spelled.</summary>
    public static bool TryWhole(JsonElement value, out int number)
    {
        number = 0;
        if (!TryNumber(value, out var read) || read != Math.Floor(read) || Math.Abs(read) > int.MaxValue) return false;
        number = (int)read;
        return true;
    }
}
