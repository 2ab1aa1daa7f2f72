namespace Dispatch.Storage.PostgreSql;

/// <summary>Break time and handling time.</summary>
internal static partial class CommitSql
{
    /// <summary>
    /// Break time of assignment <c>a</c> since it was shown, in microseconds; before that, it is no part of the handling. A running break counts up to what is left of its
    /// allowance, as it will when it ends. Where the stamp comes with the answer <c>op</c>, what was over by then can have lain before it as far as there was time for it.
    /// </summary>
    private const string PauseWhileShown = """
        CASE WHEN a.shown_at IS NULL AND op.shown_at IS NOT NULL
                        THEN a.paused_us - least(a.paused_us, greatest(0, (extract(epoch FROM op.shown_at - a.offered_at) * 1000000)::bigint))
                             + CASE WHEN a.paused_at IS NULL THEN 0 ELSE greatest(0, least((extract(epoch FROM now() - greatest(a.paused_at, op.shown_at)) * 1000000)::bigint, a.pause_left_us)) END
                        ELSE a.paused_us - a.unshown_us
                             + CASE WHEN a.paused_at IS NULL THEN 0 ELSE least((extract(epoch FROM now() - a.paused_at) * 1000000)::bigint, a.pause_left_us) END END
        """;
}
