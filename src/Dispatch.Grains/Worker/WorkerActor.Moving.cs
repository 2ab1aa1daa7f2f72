using System.Collections.ObjectModel;
using Dispatch.Contracts;

namespace Dispatch.Grains;

/// <summary>Moving to another process without the worker noticing: the connections stay where they are, and the stream of pushes goes on.</summary>
internal sealed partial class WorkerActor
{
    /// <summary>What the connections were told before the move; empty after the first load.</summary>
    private IReadOnlyDictionary<Guid, AssignmentState> _toldBefore = ReadOnlyDictionary<Guid, AssignmentState>.Empty;

    /// <summary>
    /// Ends this life without a word to anybody: the next one says what is so. That the worker is busy, said by this process after the next one said "idle", would
    /// keep work away until the next heartbeat.
    /// </summary>
    public void Leave()
    {
        idleness.Forget(workerId, _projects);
        StopWatching();
    }

    /// <summary>What goes along.</summary>
    public WorkerLuggage Pack() => new()
    {
        Incarnation = _sessions.Position.Incarnation,
        Pushed = _sessions.Position.N,
        Connections = _sessions.Connections,
        Told = _held.Values.ToDictionary(item => item.Work.AssignmentId, item => item.Work.State),
        Activity = _activity,
        IdleSince = _idleSince,
        LastTurnAt = _lastTurnAt,
        LastBatchId = _lastBatchId,
        Standings = _standings.ToSnapshot(),
        Unsaved = _unsaved,
    };

    private void Unpack(WorkerLuggage luggage)
    {
        (_toldBefore, _unsaved) = (luggage.Told, luggage.Unsaved);
        (_activity, _idleSince, _lastTurnAt, _lastBatchId) = (luggage.Activity, luggage.IdleSince, luggage.LastTurnAt, luggage.LastBatchId);
    }

    /// <summary>Goes on where the life before left off; once loaded, and in a turn of its own, since batches are asked.</summary>
    private void GoOn()
    {
        if (_sessions.Any)
        {
            host.StayAlive(ConnectedKeepAlive);
            atWork.Here(workerId, _projects);
        }
        else _graceTimer ??= host.After(DisconnectGrace, OnGraceOverAsync);
        host.After(TimeSpan.Zero, () => FillAsync(exceptConnectionId: null));
    }
}
