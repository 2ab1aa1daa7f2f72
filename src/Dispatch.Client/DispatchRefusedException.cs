using Dispatch.Contracts;

namespace Dispatch.Client;

/// <summary>The server refused a connection for good: asking again would get the same answer until somebody changes something.</summary>
public sealed class DispatchRefusedException : Exception
{
    /// <summary>A refusal.</summary>
    /// <param name="refusal">What and why.</param>
    /// <param name="inner">How it came.</param>
    public DispatchRefusedException(Refusal refusal, Exception? inner = null)
        : base($"{RefusalCodes.Name(refusal.Code)}: {refusal.Message} {refusal.Remedy}".TrimEnd(), inner) => Refusal = refusal;

    /// <summary>What was refused, why, and what to do.</summary>
    public Refusal Refusal { get; }

    /// <summary>Its code.</summary>
    public RefusalCode Code => Refusal.Code;
}
