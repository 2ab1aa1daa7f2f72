using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Standing;

/// <summary>What a board knows of a worker besides figures.</summary>
/// <param name="Name">How the worker appears.</param>
/// <param name="Labels">Labels.</param>
internal sealed record BoardPerson(BoardName Name, WorkerLabels Labels)
{
    /// <summary>Of whom nothing is known. One for all: most have nothing else.</summary>
    public static BoardPerson Unknown { get; } = new(BoardName.Numbered, WorkerLabels.None);
}
