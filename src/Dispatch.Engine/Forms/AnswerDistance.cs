namespace Dispatch.Engine.Forms;

/// <summary>How far apart two answers of a form are.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Words">The distance, in words, for whoever reads the figure.</param>
/// <param name="Between">In [0,1]: symmetric, and 0 for an answer with itself; null where the two cannot be compared.</param>
public sealed record AnswerDistance(string Name, string Words, Func<string, string, double?> Between);
