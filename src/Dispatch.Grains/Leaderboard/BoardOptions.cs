namespace Dispatch.Grains;

/// <summary>Settings of leaderboards.</summary>
public sealed class BoardOptions
{
    /// <summary>False: no totals are kept and no board is read, so that gates on rank let nobody through, and pool priors stay as they are. Default true.</summary>
    public bool Enabled { get; set; } = true;
}
