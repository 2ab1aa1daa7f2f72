namespace Dispatch.Engine.Quality.Agreement;

/// <summary>Why there is no figure, in words.</summary>
public static class AgreementReasons
{
    /// <summary>Of a scale; null where α is defined.</summary>
    /// <param name="tally">Its votes; null where it has more values than a tally holds.</param>
    /// <param name="alpha">Its α.</param>
    public static string? Of(AgreementTally? tally, double? alpha)
    {
        if (alpha is not null) return null;
        if (tally is null) return $"The scale has more than {AgreementTally.ValuesMax} values.";
        return tally.PairedUnits == 0 ? "No judged task has two answers yet." : "All answers are the same: what chance would do cannot be said.";
    }
}
