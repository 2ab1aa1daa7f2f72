using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>A worker of the run, whose seat changes when the connection does.</summary>
internal sealed class Place(ISubject subject, int index, Recorder push, int seed)
{
    private ISeat? _seat;
    private long _answers;
    private TaskCompletionSource _back = Sitting();
    private Recorder _push = push;
    private Tally? _tally;
    private volatile bool _isLost;

    public int Index => index;

    public ISeat Seat => Volatile.Read(ref _seat) ?? throw new InvalidOperationException("The worker is not connected.");

    public bool IsSeated => Volatile.Read(ref _seat) is not null && !_isLost && Back.IsCompleted;

    /// <summary>The other side ended the connection.</summary>
    public bool IsLost => _isLost;

    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Draws of made-up answers.</summary>
    public Random Random { get; } = new(HashCode.Combine(seed, index, 11));

    /// <summary>Who sits here in the present measurement, where people have times of their own.</summary>
    public Annotator? Person { get; set; }

    /// <summary>The time here in the present measurement; null before coming.</summary>
    public Visit? Visit { get; set; }

    /// <summary>Which answer of its schedule is next: one that a broken connection cut short is given after it, and is late.</summary>
    public int NextAnswer { get; set; }

    /// <summary>Ends when the worker sits again.</summary>
    public Task Back => Volatile.Read(ref _back).Task;

    public void Answered() => Interlocked.Increment(ref _answers);

    /// <summary>Makes what taking the seat needs, so that a later one is only a connection.</summary>
    public Task PrepareAsync(CancellationToken stop) => subject.TicketAsync(index, stop);

    public async Task SeatAsync(CancellationToken stop)
    {
        var seat = await subject.SeatAsync(index, stop);
        seat.Arrived += stamp =>
        {
            if (stamp is { } from) Volatile.Read(ref _push).Record(System.Diagnostics.Stopwatch.GetElapsedTime(from));
        };
        seat.Refused += code => Volatile.Read(ref _tally)?.Refused(code);
        seat.Withdrawn += state => Volatile.Read(ref _tally)?.Gone(state);
        seat.Lost += () =>
        {
            _isLost = true;
            Volatile.Read(ref _tally)?.LostConnection();
        };
        _isLost = false;
        Volatile.Write(ref _seat, seat);
        Volatile.Read(ref _back).TrySetResult();
    }

    /// <summary>Where the next measurement is recorded. Everybody comes anew.</summary>
    public void Begin(Recorder recorder, Tally tally)
    {
        Volatile.Write(ref _push, recorder);
        Volatile.Write(ref _tally, tally);
        (NextAnswer, Person, Visit) = (0, null, null);
    }

    public async Task ReseatAsync(CancellationToken stop)
    {
        await LeaveAsync();
        await SeatAsync(stop);
    }

    public ValueTask LeaveAsync()
    {
        Volatile.Write(ref _back, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return Volatile.Read(ref _seat)?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private static TaskCompletionSource Sitting()
    {
        var sitting = new TaskCompletionSource();
        sitting.SetResult();
        return sitting;
    }
}
