using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;

namespace Dispatch.Client.Tests;

/// <summary>The stream of pushes: in order it is taken as it comes, and anything else makes the client ask for the truth.</summary>
public sealed class StreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static TheoryData<string, long, bool, int, int> Pushes => new()
    {
        { "the next one", 6, true, 1, 1 },
        { "one is missing", 7, true, 2, 1 },
        { "many are missing", 500, true, 2, 1 },
        { "seen before", 5, true, 1, 0 },
        { "long past", 1, true, 1, 0 },
        { "of another life, though next in number", 6, false, 2, 1 },
        { "of another life, from its start", 1, false, 2, 1 },
    };

    [Theory]
    [MemberData(nameof(Pushes))]
    public async Task Push_IsTakenInOrder_AndAGapAsksForASnapshot(string what, long n, bool sameLife, int connects, int shown)
    {
        await using var server = await ScriptedServer.StartAsync();
        server.OnConnect = () => ScriptedServer.Snapshot(5);
        await using var connection = new WorkerConnection(server.Options());
        List<Guid> offered = [];
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Noticed += notice =>
        {
            if (notice.Text == "last") heard.TrySetResult();
        };
        connection.Offered += work => offered.Add(work.AssignmentId);
        await connection.StartAsync();
        server.OnConnect = () => ScriptedServer.Snapshot(1_000);

        await server.Workers.Clients.All.AssignmentOffered(new AssignmentOffered { Position = ScriptedServer.At(n, sameLife ? null : Guid.NewGuid()), Assignment = ScriptedServer.Task() });

        // Pushes are handled one after another, so when a last one is heard the one before is done with.
        await server.Workers.Clients.All.Notice(new Notice { Position = ScriptedServer.At(n == 6 && sameLife ? 7 : connects == 2 ? 1_001 : 6), Text = "last" });
        await heard.Task.WaitAsync(Patience);
        offered.Count.ShouldBe(shown, what);
        server.Calls.Count(call => call.Method == "Connect").ShouldBe(connects, what);
    }

    /// <summary>Whoever shows what is held does not wait for the pushes that change it.</summary>
    [Fact]
    public async Task Held_CanBeReadWhilePushesChangeIt()
    {
        const int Pushes = 2_000;
        await using var server = await ScriptedServer.StartAsync();
        await using var connection = new WorkerConnection(server.Options());
        await connection.StartAsync();
        var reading = Task.Run(() =>
        {
            while (connection.Held.Count < Pushes) { }
        });

        for (var n = 1; n <= Pushes; n++) await server.Workers.Clients.All.AssignmentOffered(new AssignmentOffered { Position = ScriptedServer.At(n), Assignment = ScriptedServer.Task() });

        await reading.WaitAsync(Patience);
    }

    [Fact]
    public async Task Notice_ThatAResultHasOvertaken_IsToldAllTheSame()
    {
        await using var server = await ScriptedServer.StartAsync();
        server.OnConnect = () => ScriptedServer.Snapshot(5);
        await using var connection = new WorkerConnection(server.Options());
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Noticed += notice => heard.TrySetResult(notice.Text);
        await connection.StartAsync();

        await server.Workers.Clients.All.Notice(new Notice { Position = ScriptedServer.At(4), Text = "a rule acted" });

        (await heard.Task.WaitAsync(Patience)).ShouldBe("a rule acted");
        server.Calls.Count(call => call.Method == "Connect").ShouldBe(1, "it is no gap");
    }

    [Fact]
    public async Task AfterAGap_WhatTheSnapshotNoLongerHasIsWithdrawn()
    {
        var (old, fresh) = (ScriptedServer.Task(), ScriptedServer.Task());
        await using var server = await ScriptedServer.StartAsync();
        server.OnConnect = () => ScriptedServer.Snapshot(5, old);
        await using var connection = new WorkerConnection(server.Options());
        await connection.StartAsync();
        connection.Held.ShouldHaveSingleItem().AssignmentId.ShouldBe(old.AssignmentId);
        List<Guid> withdrawn = [];
        connection.Withdrawn += (id, _) => withdrawn.Add(id);
        server.OnConnect = () => ScriptedServer.Snapshot(9, fresh);

        await server.Workers.Clients.All.Resync();

        await Eventually.TrueAsync(() => Task.FromResult(connection.Held is [var held] && held.AssignmentId == fresh.AssignmentId), Patience, "the fresh task held");
        withdrawn.ShouldBe([old.AssignmentId]);
    }

    /// <summary>A break makes the lease stand still, and its end lets it run on: by whatever way it is heard of, the truth is asked for.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Break_StopsTheClockOfWhatIsHeld_AndItsEndLetsItRunOn(bool isPushed)
    {
        await using var server = await ScriptedServer.StartAsync();
        var work = ScriptedServer.Task();
        server.OnConnect = () => ScriptedServer.Snapshot(5, work);
        await using var connection = new WorkerConnection(server.Options());
        await connection.StartAsync();

        server.OnConnect = () => ScriptedServer.Snapshot(isPushed ? 6 : 5, work with { PausedAt = DateTimeOffset.UnixEpoch }) with { Activity = Activity.Break };
        await SetAsync(Activity.Break, 6);
        await Eventually.TrueAsync(() => Task.FromResult(connection.Held is [{ PausedAt: not null }]), Patience, "the clock stands");

        server.OnConnect = () => ScriptedServer.Snapshot(isPushed ? 7 : 5, work with { LeaseUntil = work.LeaseUntil.AddMinutes(5) });
        await SetAsync(Activity.Available, 7);
        await Eventually.TrueAsync(() => Task.FromResult(connection.Held is [{ PausedAt: null } held] && held.LeaseUntil == work.LeaseUntil.AddMinutes(5)), Patience, "the clock runs on from where it stood");

        Task SetAsync(Activity activity, long n) => isPushed
            ? server.Workers.Clients.All.ActivityChanged(new ActivityChanged { Position = ScriptedServer.At(n), Activity = activity })
            : connection.SetActivityAsync(activity);
    }
}
