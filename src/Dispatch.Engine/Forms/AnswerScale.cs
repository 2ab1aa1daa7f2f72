namespace Dispatch.Engine.Forms;

/// <summary>How values of a scale compare, after Stevens; it decides which difference Krippendorff's α uses.</summary>
public enum ScaleLevel
{
    /// <summary>The same or not the same.</summary>
    Nominal,
    /// <summary>Ordered; distances mean nothing.</summary>
    Ordinal,
    /// <summary>Ordered, and equal distances mean the same.</summary>
    Interval,
}

/// <summary>One thing that an answer says as a number: a dimension of a rating, the side of a preference, one option of many.</summary>
/// <param name="Name">Unique within the form.</param>
/// <param name="Level">How its values compare.</param>
/// <param name="Min">Lowest value.</param>
/// <param name="Options">K, how many values there are: Min, Min + 1, …, Min + K − 1. At least 2.</param>
public sealed record AnswerScale(string Name, ScaleLevel Level, int Min, int Options);
