namespace Dispatch.Grains;

/// <summary>Settings of the sweepers.</summary>
public sealed class SweeperOptions
{
    /// <summary>How often a sweeper looks. Default 1 minute, range 5 s to 10 minutes.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromMinutes(1);
}
