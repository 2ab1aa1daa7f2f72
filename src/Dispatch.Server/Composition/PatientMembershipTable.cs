using Orleans.Runtime;

namespace Dispatch.Server.Composition;

/// <summary>
/// The membership table through a database in trouble. Orleans waits longer after each sign of life that it could not write, up to a minute; soon every silo looks dead in the table, and
/// in a cluster where all look dead one missed probe is enough to be voted out. Here a sign of life is written as soon as the database takes it again, and nobody is
/// voted out until the others had the time to do so too.
/// </summary>
/// <param name="inner">The table.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Log.</param>
public sealed partial class PatientMembershipTable(IMembershipTable inner, TimeProvider time, ILogger<PatientMembershipTable> logger) : MembershipTableDecorator(inner)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Then it is left to Orleans: a silo that stops must not wait here for ever.</summary>
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(1);

    /// <summary>Longer than the pause between two tries and a slow connect.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private long _backStamp;

    /// <inheritdoc/>
    public override async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken)
    {
        var beganStamp = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await Inner.UpdateIAmAliveAsync(entry, cancellationToken);
                if (attempt > 1) Volatile.Write(ref _backStamp, time.GetTimestamp());
                return;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && time.GetElapsedTime(beganStamp) < PatienceMax)
            {
                if (attempt == 1) LogNotWritten(failure);
            }

            await Task.Delay(Pause, time, cancellationToken);

            // What was to be written is the time of the first try; the row must say when it is written.
            entry.IAmAliveTime = time.GetUtcNow().UtcDateTime;
        }
    }

    /// <inheritdoc/>
    public override Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        var back = Volatile.Read(ref _backStamp);
        if (back == 0 || time.GetElapsedTime(back) > Grace || entry.SuspectTimes is not { Count: > 0 }) return Inner.UpdateRowAsync(entry, etag, tableVersion, cancellationToken);

        // As if somebody else had been faster: Orleans reads the table again, and by then knows who lives.
        LogVoteHeldBack(entry.SiloAddress);
        return Task.FromResult(false);
    }

    [LoggerMessage(1851, LogLevel.Warning, "The sign of life of this silo was not written; tried again until the database takes it.")]
    private partial void LogNotWritten(Exception failure);

    [LoggerMessage(1852, LogLevel.Information, "The database is back only since a moment: silo {Silo} is not voted out before it had the time to write that it lives.")]
    private partial void LogVoteHeldBack(SiloAddress silo);
}
