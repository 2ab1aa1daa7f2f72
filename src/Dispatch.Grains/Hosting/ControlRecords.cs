namespace Dispatch.Grains;

/// <summary>
/// Small records of control (snapshots of standings, membership of gates) that grains keep through <c>[PersistentState("…", ControlRecords.Provider)]</c>. Answers, leases and
/// counters do not belong there: the store fences those.
/// </summary>
public static class ControlRecords
{
    /// <summary>Name of the storage provider.</summary>
    public const string Provider = "control";
}
