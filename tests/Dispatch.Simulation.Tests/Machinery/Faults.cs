namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>How often things go wrong, each as a probability of its occasion.</summary>
internal sealed record Faults
{
    /// <summary>Nothing goes wrong.</summary>
    public static Faults None { get; } = new();

    /// <summary>A call between actors is lost on its way there: the caller times out.</summary>
    public double LostRequest { get; init; }

    /// <summary>Its reply is lost: it took effect, and the caller times out.</summary>
    public double LostReply { get; init; }

    /// <summary>A hint (one-way call, push) is lost.</summary>
    public double LostHint { get; init; }

    /// <summary>A batch's word that it has work is lost, beside other hints: only what is committed wakes anybody then.</summary>
    public double LostWakeUp { get; init; }

    /// <summary>A hint is delivered twice.</summary>
    public double DoubledHint { get; init; }

    /// <summary>The store refuses a transaction, with nothing done.</summary>
    public double StoreFails { get; init; }

    /// <summary>The store does it, and the answer is lost.</summary>
    public double StoreForgetsToSay { get; init; }

    /// <summary>The group committer has too much waiting, and refuses.</summary>
    public double QueueFull { get; init; }

    /// <summary>A message takes seconds.</summary>
    public double Slow { get; init; }
}
