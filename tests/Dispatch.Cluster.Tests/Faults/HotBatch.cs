using Dispatch.Cluster.Tests.Harness;
using Dispatch.Cluster.Tests.History;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>
/// A crowd comes to one batch at once and sends its answers in the same moment, again and again: more calls than the servers admit. Who is refused is told so, and when to come again; everybody
/// gets work and every answer is taken.
/// </summary>
/// <param name="people">How many; more than the servers' ConcurrentCalls together.</param>
public sealed class HotBatch(int people) : IFault
{
    private const int Rounds = 2;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private int _shed;

    public string Name => $"F-24 {people} people at one batch at once, {_shed} calls refused as busy";

    public async Task StrikeAsync(Shift shift)
    {
        var work = await SideWork.CreateAsync(shift, Enumerable.Repeat("p", people * Rounds), Lease, new DispatchPolicy());
        _shed = 0;
        using var stop = new CancellationTokenSource(Patience);
        var crowd = await work.ConnectManyAsync(people, (token, cancellation) => BarePerson.ConnectAsync(work, token, cancellation), stop.Token);
        await work.OpenAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var tasks = await Task.WhenAll(crowd.Select(person => person.NextAsync(stop.Token).AsTask()));
            var refusals = await Task.WhenAll(crowd.Zip(tasks, (person, task) => person.SubmitAsync(task, stop.Token)));
            refusals.SelectMany(one => one).ShouldAllBe(refusal => refusal.Code == RefusalCode.Busy && refusal.RetryAfterMs > 0);
            _shed += refusals.Sum(one => one.Count);
        }

        foreach (var person in crowd) await person.DisposeAsync();
        _shed.ShouldBeGreaterThan(0, "more came than is admitted");
        (await shift.Cluster.Api.GetBatchAsync(work.Batch)).Answers.ShouldBe(people * Rounds, "nobody was forgotten");
        shift.Journal.Entries.Where(entry => crowd.Any(person => person.WorkerId == entry.WorkerId)).ShouldAllBe(entry => entry.Outcome == Outcome.Ok);
    }
}
