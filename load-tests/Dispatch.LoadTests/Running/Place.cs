using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>A worker of the run, whose seat changes when the connection does.</summary>
internal sealed class Place(ISubject subject, int index, Recorder push)
{
    private ISeat? _seat;
    private long _answers;
    private TaskCompletionSource _back = Sitting();

    public int Index => index;

    public ISeat Seat => _seat!;

    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Which answer of its schedule is next: one that a broken connection cut short is given after it, and is late.</summary>
    public int NextAnswer { get; set; }

    /// <summary>Ends when the worker sits again.</summary>
    public Task Back => Volatile.Read(ref _back).Task;

    public void Answered() => Interlocked.Increment(ref _answers);

    public async Task SeatAsync(CancellationToken stop)
    {
        var seat = await subject.SeatAsync(index, stop);
        seat.Arrived += stamp =>
        {
            if (stamp is { } from) Volatile.Read(ref _push).Record(System.Diagnostics.Stopwatch.GetElapsedTime(from));
        };
        Volatile.Write(ref _seat, seat);
        Volatile.Read(ref _back).TrySetResult();
    }

    private Recorder _push = push;

    /// <summary>Where the arrivals of the next measurement are recorded.</summary>
    public void RecordInto(Recorder recorder) => Volatile.Write(ref _push, recorder);

    public async Task ReseatAsync(CancellationToken stop)
    {
        await LeaveAsync();
        await SeatAsync(stop);
    }

    public ValueTask LeaveAsync()
    {
        Volatile.Write(ref _back, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _seat?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private static TaskCompletionSource Sitting()
    {
        var sitting = new TaskCompletionSource();
        sitting.SetResult();
        return sitting;
    }
}
