using System.Text.Json;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>
/// How near counts on an ordered scale (quality reference, section 1.5). Settings: <c>tolerance</c> (0 to 9 steps that are as good as exact; default 0)
/// and <c>scoring</c>: <c>steps</c> (default; one step beyond the tolerance is worth a half, more is worth nothing) or <c>quadratic</c> (1 − (d/(k−1))²).
/// </summary>
internal readonly record struct OrdinalRule(int Tolerance, bool IsQuadratic)
{
    private const int ToleranceMax = 9;

    public static OrdinalRule Read(FieldReader reader)
    {
        var tolerance = reader.Whole("tolerance", 0, ToleranceMax) ?? 0;
        var scoring = reader.Text("scoring");
        if (scoring is not (null or "steps" or "quadratic")) reader.Fault("scoring", $"'{JsonTexts.Quote(scoring)}' is no way to score.", "Use steps or quadratic.");
        return new OrdinalRule(tolerance, scoring == "quadratic");
    }

    public double Score(int distance, int options) =>
        distance <= Tolerance ? 1 : IsQuadratic ? Nearness(distance, options) : distance == Tolerance + 1 ? 0.5 : 0;

    /// <summary>1 for the same, 0 for the two ends of the scale.</summary>
    public static double Nearness(int distance, int options)
    {
        var share = (double)distance / (options - 1);
        return 1 - (share * share);
    }
}
