namespace Dispatch.Engine.Forms;

/// <summary>What several answers to one task say together.</summary>
public sealed record AggregateAnswer
{
    /// <summary>In the form's canonical shape (JSON), without reason or comment.</summary>
    public required string Answer { get; init; }

    /// <summary>In [0,1], by <see cref="Method"/>: for a vote the share of votes that the answer got, otherwise its mean agreement with the answers it was made of. Not a probability.</summary>
    public required double Confidence { get; init; }

    /// <summary>How it was made: <c>majority</c>, <c>median</c>, <c>borda</c>, <c>most_central</c>, <c>character_majority</c>.</summary>
    public required string Method { get; init; }

    /// <summary>How many answers went into it; at least 1.</summary>
    public required int Answers { get; init; }

    /// <summary>Something else had as much for it, and the form's own order decided.</summary>
    public required bool IsTied { get; init; }

    /// <summary>Votes by label, where the form has labels (<see cref="ICompiledForm.VoteOf"/>); empty otherwise.</summary>
    public IReadOnlyDictionary<string, int> Votes { get; init; } = new Dictionary<string, int>();
}
