namespace Dispatch.Engine.Forms.Shared;

/// <summary>What numbers mean as known answers. No number says so by itself, and gold that was read the wrong way round fails whoever works well.</summary>
internal static class NumberMeaning
{
    /// <summary>0 is the first response or option, 1 the second.</summary>
    public const string FirstIs0 = "first_is_0";

    /// <summary>1 is the first response or option, 2 the second.</summary>
    public const string FirstIs1 = "first_is_1";

    /// <summary>1: the first response won; 0: the second did; 0.5: a tie.</summary>
    public const string WinnerIs1 = "winner_is_1";

    /// <summary>Above 0: the first response is better; below: the second; 0: a tie.</summary>
    public const string PositiveIsFirst = "positive_is_first";

    /// <summary>Above 0: the second response is better; below: the first; 0: a tie.</summary>
    public const string PositiveIsSecond = "positive_is_second";

    /// <summary>A number for each response, and the highest is best.</summary>
    public const string HighestBest = "highest_best";

    /// <summary>A number for each response, and the lowest is best.</summary>
    public const string LowestBest = "lowest_best";

    /// <summary>Numbers of responses from 0, best first.</summary>
    public const string OrderFrom0 = "order_from_0";

    /// <summary>Numbers of responses from 1, best first.</summary>
    public const string OrderFrom1 = "order_from_1";

    public static LineNote Assumed(string field, string taken, string use) => new(
        "numbers_without_meaning",
        $"The known answers in '{field}' are numbers, and the binding does not say what they mean. {taken}",
        $"Look at what was understood, and say it in the binding: \"known\": {{\"field\": \"{field}\", \"numbers\": \"…\"}} with {use}.");
}
