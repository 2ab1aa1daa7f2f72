using Dispatch.Cluster.Tests.Harness;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>
/// People send their answers when their leases run out; one in ten at once, and one in ten when they are told that it is too late. Each is in time, late and counted, late and kept aside, or
/// refused; never two of them, which the checker sees in the rows.
/// </summary>
public sealed class LeaseRace(int answers) : IFault
{
    private const int People = 40;

    /// <summary>A batch looks twice a second what ran out: an answer meets that look when it comes within this long after the end of the lease.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private string _outcomes = "";

    public string Name => $"F-20 {answers} answers as leases run out{_outcomes}";

    public async Task StrikeAsync(Shift shift)
    {
        var work = await SideWork.CreateAsync(
            shift, Enumerable.Repeat("p", answers * 2), Lease, new DispatchPolicy { ReofferSeconds = 0, CooldownSeconds = 0, AttemptsMax = 100 });
        await work.OpenAsync();
        var people = await work.ConnectManyAsync(People);
        using var stop = new CancellationTokenSource(Patience);
        var (left, aside, refused) = (answers, 0, 0);
        await Task.WhenAll(people.Select((person, i) => Task.Run(() => RaceAsync(person, new Random(HashCode.Combine(shift.Seed, i))))));
        foreach (var person in people) await person.DisposeAsync();
        var inTime = await work.CountAsync("SELECT count(*) FROM answer WHERE batch_id = $1 AND NOT late");
        var late = await work.CountAsync("SELECT count(*) FROM answer WHERE batch_id = $1 AND late AND counted");
        Math.Min(inTime, late + aside).ShouldBeGreaterThan(0, "both sides of the race win some");
        (inTime + late + aside + refused).ShouldBe(answers, "every answer has one outcome");
        _outcomes = $" ({inTime} in time, {late} late and counted, {aside} kept aside, {refused} refused)";

        async Task RaceAsync(SidePerson person, Random random)
        {
            for (int number; (number = Interlocked.Decrement(ref left)) >= 0;)
            {
                var task = await person.NextAsync(stop.Token);
                if (number % 10 == 1) await person.LetRunOutAsync(task, stop.Token);
                else if (number % 10 > 1) await UntilAsync(person, task.LeaseUntil - Early + random.NextDouble() * Window);
                Tell(await person.SubmitAsync(task, stop.Token));
            }
        }

        void Tell(SubmitResult result)
        {
            if (result.Refusal is not null) Interlocked.Increment(ref refused);
            else if (result.KeptAside) Interlocked.Increment(ref aside);
        }

        async Task UntilAsync(SidePerson person, DateTimeOffset moment)
        {
            var wait = moment - person.ServerNow;
            if (wait > TimeSpan.Zero) await Pause.ForAsync(wait, stop.Token);
        }
    }
}
