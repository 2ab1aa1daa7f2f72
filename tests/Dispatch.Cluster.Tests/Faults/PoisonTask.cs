using Dispatch.Cluster.Tests.Harness;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>One task fails in everybody's hands: half give it back, half let it run out. It is set aside after so many people, visibly, and all other work is done.</summary>
public sealed class PoisonTask : IFault
{
    private const int Attempts = 5;
    private const int People = 12;
    private const int Others = 240;
    private const string Poison = "poison";

    /// <summary>Long enough that nobody on a busy machine lets a good task run out.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public string Name => "F-23 a task that fails in everybody's hands";

    public async Task StrikeAsync(Shift shift)
    {
        var api = shift.Cluster.Api;
        var work = await SideWork.CreateAsync(
            shift, Enumerable.Repeat("p", Others).Prepend(Poison), Lease, new DispatchPolicy { ReofferSeconds = 0, AttemptsMax = Attempts });
        await work.OpenAsync();
        var people = await work.ConnectManyAsync(People);
        using var stop = new CancellationTokenSource();
        var working = people.Select((person, i) => Task.Run(() => WorkAsync(person, letsRunOut: i % 2 == 0))).ToArray();
        await Eventually.TrueAsync(
            async () => await api.GetBatchAsync(work.Batch) is { DeadLetters: 1, Completed: Others }, Patience, "the task is a dead letter, and all others are done");
        await stop.CancelAsync();
        await Task.WhenAll(working);
        foreach (var person in people) await person.DisposeAsync();

        var letter = (await api.ListDeadLettersAsync(work.Batch)).Items.ShouldHaveSingleItem();
        letter.Content.Json.ShouldContain(Poison);
        letter.Attempts.Select(attempt => attempt.WorkerId).Distinct().Count().ShouldBe(Attempts, "nobody else was troubled with it");

        async Task WorkAsync(SidePerson person, bool letsRunOut)
        {
            try
            {
                while (true)
                {
                    var task = await person.NextAsync(stop.Token);
                    if (!task.Content.Json.Contains(Poison, StringComparison.Ordinal)) await person.SubmitAsync(task, CancellationToken.None);
                    else if (letsRunOut) await person.LetRunOutAsync(task, stop.Token);
                    else await person.ReturnAsync(task, "It does not open.", CancellationToken.None);
                }
            }
            catch (OperationCanceledException)
            {
                // All is done.
            }
        }
    }
}
