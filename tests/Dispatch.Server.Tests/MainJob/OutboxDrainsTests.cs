using System.Reflection;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Tests.MainJob;

public sealed class OutboxDrainsTests
{
    private static readonly Dictionary<Guid, long> Nothing = [];

    [Fact]
    public async Task Drain_WhileOneIsUnderWay_GathersTheRestForOneCall()
    {
        var (store, calls) = SlowStore.Make();
        await using var drains = new OutboxDrains(store);
        var workers = Enumerable.Range(0, 5).Select(_ => Guid.NewGuid()).ToArray();

        var first = drains.DrainAsync(workers[0], Nothing);
        var under = await calls.NextAsync();
        var rest = workers[1..].Select(worker => drains.DrainAsync(worker, Nothing)).ToArray();
        under.Answer();
        await first;
        var second = await calls.NextAsync();
        second.Answer();
        await Task.WhenAll(rest);

        under.Workers.ShouldBe([workers[0]]);
        second.Workers.ShouldBe(workers[1..], ignoreOrder: true);
        for (var i = 0; i < rest.Length; i++) (await rest[i]).Rows.ShouldHaveSingleItem().WorkerId.ShouldBe(workers[i + 1], "each gets its own");
    }

    [Fact]
    public async Task Drain_OfTwoLivesOfOneActor_IsNeverOneCall()
    {
        var (store, calls) = SlowStore.Make();
        await using var drains = new OutboxDrains(store);
        var (ann, bob) = (Guid.NewGuid(), Guid.NewGuid());

        var first = drains.DrainAsync(bob, Nothing);
        var under = await calls.NextAsync();
        Task[] rest = [drains.DrainAsync(ann, Nothing), drains.DrainAsync(ann, Nothing), drains.DrainAsync(bob, Nothing)];
        under.Answer();
        var second = await calls.NextAsync();
        second.Answer();
        var third = await calls.NextAsync();
        third.Answer();
        await Task.WhenAll([first, .. rest]);

        second.Workers.ShouldBe([ann]);
        third.Workers.ShouldBe([ann, bob]);
    }

    [Fact]
    public async Task Drain_ThatFails_FailsForAllOfItsCall_AndForNobodyAfterIt()
    {
        var (store, calls) = SlowStore.Make();
        await using var drains = new OutboxDrains(store);

        var first = drains.DrainAsync(Guid.NewGuid(), Nothing);
        (await calls.NextAsync()).Fail(new InvalidOperationException("out of order"));
        await Should.ThrowAsync<StoreUnavailableException>(first);
        var next = drains.DrainAsync(Guid.NewGuid(), Nothing);
        (await calls.NextAsync()).Answer();

        (await next).IsBehind.ShouldBeFalse();
    }

    /// <summary>A store that answers when the test says so.</summary>
    public class SlowStore : DispatchProxy
    {
        private Calls _calls = null!;

        internal static (IWorkerStore Store, Calls Calls) Make()
        {
            var proxy = Create<IWorkerStore, SlowStore>();
            return (proxy, ((SlowStore)(object)proxy)._calls = new Calls());
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IWorkerStore.DrainOutboxAsync) ? _calls.Add((IReadOnlyList<OutboxDrain>)args![0]!) : throw new NotSupportedException(targetMethod.Name);
    }

    internal sealed class Calls
    {
        private readonly System.Threading.Channels.Channel<Call> _waiting = System.Threading.Channels.Channel.CreateUnbounded<Call>();

        public Task<IReadOnlyList<DrainedOutbox>> Add(IReadOnlyList<OutboxDrain> asked)
        {
            var call = new Call(asked);
            _waiting.Writer.TryWrite(call);
            return call.Result.Task;
        }

        public ValueTask<Call> NextAsync() => _waiting.Reader.ReadAsync();
    }

    internal sealed class Call(IReadOnlyList<OutboxDrain> asked)
    {
        public TaskCompletionSource<IReadOnlyList<DrainedOutbox>> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<Guid> Workers => [.. asked.Select(drain => drain.WorkerId)];

        public void Fail(Exception failure) => Result.SetException(failure);

        public void Answer() => Result.SetResult(
        [
            .. asked.Select(drain => new DrainedOutbox(IsBehind: false, [new EvaluationRow { WorkerId = drain.WorkerId, ProjectId = drain.WorkerId, Sequence = 1, Kind = "review", Source = "s", Score = 1, Weight = 1, CreatedAt = default }])),
        ]);
    }
}
