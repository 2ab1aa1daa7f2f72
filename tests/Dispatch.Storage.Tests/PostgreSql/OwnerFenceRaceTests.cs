using System.Collections.Concurrent;
using Dispatch.Contracts;
using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Tests.Conformance;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Storage.Tests.PostgreSql;

/// <summary>
/// The zombie: an activation that lost its batch but does not know it, in the middle of a write when the batch is taken over. Its
/// write must be seen by the new owner's load, or be refused. Both interleavings are forced, not hoped for.
/// </summary>
public sealed class OwnerFenceRaceTests
{
    private const string Insert = """
        INSERT INTO assignment (assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, state, presentation, lease_until)
        SELECT $1, $2, batch_id, $3, 0, 0, 1, 3, '{}', now() + interval '5 minutes' FROM batch WHERE batch_id = $4 AND owner_epoch = $5
        """;

    [PostgreSqlFact]
    public async Task Takeover_WhileTheFormerOwnerWrites_WaitsAndSeesTheWrite()
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql: true, tasks: 1);
        await using var zombie = await Connection.OpenAsync(store.PostgreSql);
        await zombie.ExecuteAsync("BEGIN");
        await zombie.ExecuteAsync(CommitSql.Lock, new[] { store.Batch });
        (await zombie.ExecuteAsync(Insert, Guid.NewGuid(), (await store.TaskIdsAsync())[0], Guid.NewGuid(), store.Batch, store.Epoch)).ShouldBe(1);

        var takeover = store.Store.TakeOwnershipAsync(store.Batch, default);
        await UntilSomebodyWaitsForALockAsync(store.PostgreSql);
        takeover.IsCompleted.ShouldBeFalse();
        await zombie.ExecuteAsync("COMMIT");
        await takeover;

        (await store.Store.LoadHeldAsync(store.Batch, default)).Count.ShouldBe(1);
    }

    /// <summary>The negative control: without the share lock the new owner loads an empty batch, and then the zombie's write commits. If this ever stops losing, the test above proves nothing.</summary>
    [PostgreSqlFact]
    public async Task Takeover_WithoutTheLock_LosesTheWrite()
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql: true, tasks: 1);
        await using var zombie = await Connection.OpenAsync(store.PostgreSql);
        await zombie.ExecuteAsync("BEGIN");
        (await zombie.ExecuteAsync(Insert, Guid.NewGuid(), (await store.TaskIdsAsync())[0], Guid.NewGuid(), store.Batch, store.Epoch)).ShouldBe(1);

        await store.Store.TakeOwnershipAsync(store.Batch, default);
        var seen = (await store.Store.LoadHeldAsync(store.Batch, default)).Count;
        await zombie.ExecuteAsync("COMMIT");
        var there = (await store.Store.LoadHeldAsync(store.Batch, default)).Count;

        (seen, there).ShouldBe((0, 1));
    }

    [PostgreSqlFact]
    public async Task Commit_ThatWaitedForATakeover_IsRefused()
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql: true, tasks: 1);
        var task = (await store.TaskIdsAsync())[0];
        await using var takeover = await Connection.OpenAsync(store.PostgreSql);
        await takeover.ExecuteAsync("BEGIN");
        await takeover.ExecuteAsync("UPDATE batch SET owner_epoch = owner_epoch + 1 WHERE batch_id = $1", store.Batch);

        var zombie = store.CommitAsync(store.Take(task, Guid.NewGuid()));
        await UntilSomebodyWaitsForALockAsync(store.PostgreSql);
        await takeover.ExecuteAsync("COMMIT");

        (await zombie).Status.ShouldBe(CommitStatus.OwnerFenced);
        (await store.Store.LoadHeldAsync(store.Batch, default)).ShouldBeEmpty();
    }

    /// <summary>Sixteen clients with right and wrong epochs, repeats and stolen slots, and takeovers in between.</summary>
    [PostgreSqlFact]
    public async Task Race_OfManyOwners_NeverCountsTwice()
    {
        const int Clients = 16;
        const int Rounds = 60;
        const int Tasks = 40;
        const int Overlap = 2;
        await using var store = await StoreUnderTest.CreateAsync(postgreSql: true, tasks: Tasks, overlap: Overlap);
        var ids = await store.TaskIdsAsync();
        var epoch = store.Epoch;
        ConcurrentBag<Guid> committed = [];
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => TestSeeds.RunAsync(seed => ClientAsync(new Random(seed + client)))));

        var rows = await store.ExportAsync();
        rows.Select(row => row.OperationId).Order().ShouldBe(committed.Order());
        rows.GroupBy(row => row.TaskKey).ShouldAllBe(group => group.Count() <= Overlap && group.Select(row => row.WorkerId).Distinct().Count() == group.Count());
        (await store.Store.GetCountersAsync(store.Batch, default))!.Answers.ShouldBe(rows.Count);

        async Task ClientAsync(Random random)
        {
            var worker = Guid.NewGuid();
            for (var round = 0; round < Rounds; round++)
            {
                var mine = Volatile.Read(ref epoch);
                if (random.Next(40) == 0) Interlocked.Exchange(ref epoch, (await store.Store.TakeOwnershipAsync(store.Batch, default))!.OwnerEpoch);
                var take = await store.CommitAsync(store.Take(ids[random.Next(Tasks)], worker, random.Next(Overlap), leaseEpoch: round + 1, epoch: mine));
                if (take.Status != CommitStatus.Committed) continue;
                await SubmitAsync(take.Taken!, mine, random);
            }
        }

        async Task SubmitAsync(HeldAssignment held, long mine, Random random)
        {
            var operation = Guid.NewGuid();
            while (true)
            {
                var result = await store.CommitAsync(store.Submit(held, operation, epoch: mine, leaseEpoch: random.Next(5) == 0 ? held.LeaseEpoch + 1 : held.LeaseEpoch));
                if (result.Status == CommitStatus.OwnerFenced) mine = Volatile.Read(ref epoch);
                if (result.Status != CommitStatus.Committed) continue;
                committed.Add(operation);
                (await store.CommitAsync(store.Submit(held, operation, epoch: Volatile.Read(ref epoch)))).Status.ShouldBeOneOf(CommitStatus.Replayed, CommitStatus.OwnerFenced);
                return;
            }
        }
    }

    private static async Task UntilSomebodyWaitsForALockAsync(string connectionString)
    {
        await using var connection = await Connection.OpenAsync(connectionString);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (await connection.CountAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0) await timer.WaitForNextTickAsync(deadline.Token);
    }

    private sealed class Connection(NpgsqlConnection connection) : IAsyncDisposable
    {
        public static async Task<Connection> OpenAsync(string connectionString)
        {
            var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            return new Connection(connection);
        }

        public async Task<int> ExecuteAsync(string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            return await command.ExecuteNonQueryAsync();
        }

        public async Task<long> CountAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return (long)(await command.ExecuteScalarAsync())!;
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
