using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Where the priority of a line is: a field's name, or <c>{"field", "scale"}</c>, which multiplies it first, so that priorities from 0 to 1 keep their order.</summary>
internal sealed record PriorityBinding(string Field, int Scale)
{
    private static readonly LineNote Rounded = new(
        "priority_rounded",
        "Priorities are whole numbers, and lines that hold fractions were rounded: several may have become equal.",
        "Bind {\"field\": \"…\", \"scale\": 1000}, which multiplies them first.");

    public static PriorityBinding? Read(FieldReader reader)
    {
        if (reader.Any("priority") is not { ValueKind: JsonValueKind.Object } value) return reader.Text("priority") is { } name ? new PriorityBinding(name, 1) : null;
        var inside = reader.Inside("priority", value);
        var (field, scale) = (inside.Text("field", required: true), inside.Whole("scale", 1, Limits.PriorityMax) ?? 1);
        inside.RefuseOthers();
        reader.Faults.AddRange(inside.Faults);
        return field is null ? null : new PriorityBinding(field, scale);
    }

    public Refusal? Of(JsonElement line, out int? priority, out LineNote? note)
    {
        (priority, note) = (null, null);
        if (LineFields.Find(line, Field) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var read) && Math.Abs(read * Scale) <= Limits.PriorityMax)
        {
            priority = (int)Math.Round(read * Scale, MidpointRounding.AwayFromZero);
            if (Scale == 1 && priority != read) note = Rounded;
            return null;
        }

        return LineFields.Mismatch($"$.{Field}", $"The bound field '{Field}' is not a number within {Limits.PriorityMax} either way.", "Correct the line, or bind another field.");
    }
}
