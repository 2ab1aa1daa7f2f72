namespace Dispatch.Engine.Standing;

/// <summary>How wide a gate is for a task that has waited.</summary>
/// <param name="Step">Step to judge by; 0 is the gate itself.</param>
/// <param name="Name">Name of the step; null for the gate itself.</param>
/// <param name="ToAll">Everybody enrolled may have the task: nothing is judged.</param>
/// <param name="NextIn">Until it becomes wider; null when it never does.</param>
public readonly record struct GateOpening(int Step, string? Name, bool ToAll, TimeSpan? NextIn);
