using Dispatch.Contracts;
using Dispatch.Server.Bounds;
using Dispatch.Server.Hubs;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>One person takes no more than a person's share, and leaves the rest to others.</summary>
public sealed class BoundsTests
{
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    [Fact]
    public void Calls_OfOnePerson_AreBoundedForThemAlone()
    {
        using var rates = new CallRates(Options.Create(new BoundsOptions { CallsAtOnce = 3, CallsPerSecond = 1 }));
        for (var i = 0; i < 3; i++) rates.Take(Ann).ShouldBeNull();
        var refusal = rates.Take(Ann) ?? rates.Take(Ann);
        (refusal!.Code, refusal.RetryAfterMs > 0).ShouldBe((RefusalCode.Busy, true));
        rates.Take(Bob).ShouldBeNull();
        rates.Count.ShouldBe(2);
        rates.Forget();
        rates.Count.ShouldBe(2, "a rate that is used up is not forgotten");
    }

    /// <summary>One look-up and no allocation: it stands before every submit.</summary>
    [Fact]
    public void Call_ThatIsAdmitted_AllocatesNothing()
    {
        using var rates = new CallRates(Options.Create(new BoundsOptions { CallsAtOnce = 1_000_000, CallsPerSecond = 1 }));
        for (var i = 0; i < 1_000; i++) rates.Take(Ann);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) rates.Take(Ann);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000);
    }

    [Fact]
    public void LongCalls_AreBoundedPerPersonAndInAll_AndFreeAgainWhenTheyEnd()
    {
        var calls = new LongCalls();
        List<IDisposable> held = [];
        for (var i = 0; i < Limits.ExportsPerPerson; i++) held.Add(calls.TryEnter(LongCall.Export, Ann, out _).ShouldNotBeNull());
        calls.TryEnter(LongCall.Export, Ann, out var busy).ShouldBeNull();
        busy!.Code.ShouldBe(RefusalCode.Busy);
        held.Add(calls.TryEnter(LongCall.Import, Ann, out _).ShouldNotBeNull("imports are counted apart"));

        while (calls.TryEnter(LongCall.Export, Guid.NewGuid(), out busy) is { } place) held.Add(place);
        held.Count.ShouldBe(Limits.ExportsPerProcess + 1);
        foreach (var place in held)
        {
            place.Dispose();
            place.Dispose();
        }

        for (var i = 0; i < Limits.ExportsPerProcess; i++) calls.TryEnter(LongCall.Export, Guid.NewGuid(), out _).ShouldNotBeNull();
        calls.TryEnter(LongCall.Export, Ann, out _).ShouldBeNull();
    }

    [Fact]
    public void Watchers_OfOneToken_LeavePlacesToOthers()
    {
        var watchers = new GaugeWatchers();
        for (var i = 0; i < Limits.WatchesPerSupervisor; i++) watchers.TryAdd(Guid.NewGuid(), $"{i}", Ann).ShouldBeTrue();
        watchers.TryAdd(Guid.NewGuid(), "more", Ann).ShouldBeFalse();
        watchers.TryAdd(Guid.NewGuid(), "bob", Bob).ShouldBeTrue();
        watchers.RemoveAll("0");
        watchers.TryAdd(Guid.NewGuid(), "more", Ann).ShouldBeTrue();
    }

    [Fact]
    public void Connections_OfOneSupervisor_AreBounded()
    {
        var connections = new SupervisorConnections();
        for (var i = 0; i < Limits.ConnectionsPerSupervisor; i++) connections.TryAdd(Ann).ShouldBeTrue();
        connections.TryAdd(Ann).ShouldBeFalse();
        connections.TryAdd(Bob).ShouldBeTrue();
        connections.Remove(Ann);
        connections.TryAdd(Ann).ShouldBeTrue();
    }
}
