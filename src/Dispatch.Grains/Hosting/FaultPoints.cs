namespace Dispatch.Grains;

/// <summary>Places around a commit at which a test may have the process die. Each leaves another part of the truth untold.</summary>
public enum FaultPlace
{
    /// <summary>Decided in memory, nothing in the store.</summary>
    BeforeCommit,
    /// <summary>In the store, nobody told.</summary>
    AfterCommit,
    /// <summary>Pushed to the connection's channel, the caller not answered.</summary>
    AfterPush,
    /// <summary>The grain has answered, the client has not.</summary>
    BeforeHubReply,
}

/// <summary>Is told when such a place is reached. In production nobody listens.</summary>
public interface IFaultPoint
{
    /// <summary>The place is reached; this may not return.</summary>
    /// <param name="place">The place.</param>
    void Reach(FaultPlace place);
}

/// <summary>Nobody listens.</summary>
public sealed class NoFaults : IFaultPoint
{
    /// <inheritdoc/>
    public void Reach(FaultPlace place)
    {
    }
}
