namespace Dispatch.Contracts;

/// <summary>What a worker is doing, as the worker (or a missed offer) last declared it.</summary>
public enum Activity
{
    /// <summary>Reserved; never sent.</summary>
    Unspecified = 0,

    /// <summary>Not at work. Held assignments stay held until their lease ends.</summary>
    Offline = 1,

    /// <summary>At work, and wants the next task.</summary>
    Available = 2,

    /// <summary>On a declared break: nothing is offered.</summary>
    Break = 3,

    /// <summary>Finishes what is held and is offered nothing more.</summary>
    Draining = 4,
}
