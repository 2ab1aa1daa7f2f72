namespace Dispatch.Engine.Forms;

/// <summary>Something about a line that was taken, for the report of its import. Within a project a kind has one message, so that a report of millions of lines stays short.</summary>
/// <param name="Kind">A short name that stays.</param>
/// <param name="Message">What it is, for a person.</param>
/// <param name="Remedy">What to do, if it is not what was meant.</param>
public sealed record LineNote(string Kind, string Message, string Remedy);
