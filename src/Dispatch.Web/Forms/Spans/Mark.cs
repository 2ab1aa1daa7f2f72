namespace Dispatch.Web.Forms.Spans;

/// <summary>A marked stretch of the text, as the annotator edits it; in UTF-16 code units.</summary>
public sealed class Mark
{
    /// <summary>Where it begins.</summary>
    public required int Start { get; set; }
    /// <summary>Just behind its end.</summary>
    public required int End { get; set; }
    /// <summary>Its type.</summary>
    public required string Type { get; set; }
    /// <summary>Its severity, where the project has some.</summary>
    public string? Severity { get; set; }
    /// <summary>What the annotator says about it.</summary>
    public string? Comment { get; set; }

    /// <summary>Whether it covers anything of a stretch.</summary>
    /// <param name="start">Begin of the stretch.</param>
    /// <param name="end">Just behind its end.</param>
    public bool Touches(int start, int end) => Start < end && End > start;
}
