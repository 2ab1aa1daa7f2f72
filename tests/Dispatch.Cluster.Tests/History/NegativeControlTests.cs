using Dispatch.Contracts;
using Dispatch.Storage;
using Dispatch.Storage.PostgreSql;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Cluster.Tests.History;

/// <summary>
/// The same races with the protection in place, where the checker stays silent, and with one protection taken away, where it must speak: otherwise its silence over
/// the real cluster would say nothing. Two owners of one batch commit side by side, as during a split, straight to the store.
/// </summary>
public sealed class NegativeControlTests
{
    private const int Tasks = 40;
    private static readonly string[] Unique = ["assignment_slot", "assignment_worker", "assignment_capacity", "answer_worker", "answer_slot"];

    [PrivatePostgreSqlTheory]
    [InlineData(false, null)]
    [InlineData(true, "I4")]
    public async Task UniqueDroppedAndEpochVoid_TwoOwners_AnswerOneSlotTwice(bool isMutated, string? expected)
    {
        await using var scene = await Scene.CreateAsync();
        if (isMutated)
        {
            foreach (var index in Unique) await scene.ExecuteAsync($"DROP INDEX {index}");
            await scene.VoidEpochAsync();
        }

        Expect(await scene.TwoOwnersAsync(), expected);
    }

    /// <summary>Without the epoch the former owner goes on deciding from old memory; the unique constraints still keep answers single, so what shows is the order of leases.</summary>
    [PrivatePostgreSqlTheory]
    [InlineData(false, null)]
    [InlineData(true, "I12")]
    public async Task EpochVoid_FormerOwner_GivesALeaseEpochAgain(bool isMutated, string? expected)
    {
        await using var scene = await Scene.CreateAsync();
        if (isMutated) await scene.VoidEpochAsync();
        Expect(await scene.FormerOwnerAsync(), expected);
    }

    [PrivatePostgreSqlTheory]
    [InlineData(false, null)]
    [InlineData(true, "I1")]
    public async Task SynchronousCommitOff_Crash_LosesWhatWasAcknowledged(bool isMutated, string? expected)
    {
        await using var scene = await Scene.CreateAsync();
        if (isMutated)
        {
            await scene.SystemAsync("ALTER SYSTEM SET synchronous_commit = off");
            await scene.SystemAsync("ALTER SYSTEM SET wal_writer_delay = '10s'");
            await scene.SystemAsync("SELECT pg_reload_conf()");
        }

        Expect(await scene.CrashAsync(acknowledgeFirst: false), expected);
    }

    [PrivatePostgreSqlFact]
    public async Task AcknowledgedBeforeCommit_Crash_IsFound()
    {
        await using var scene = await Scene.CreateAsync();
        Expect(await scene.CrashAsync(acknowledgeFirst: true), "I1");
    }

    private static void Expect(IReadOnlyList<string> breaches, string? invariant)
    {
        if (invariant is null) breaches.ShouldBeEmpty();
        else breaches.ShouldContain(breach => breach.StartsWith(invariant + ":", StringComparison.Ordinal));
    }

    private sealed class Scene : IAsyncDisposable
    {
        private readonly PostgreSqlServer _server;
        private readonly string _connectionString;
        private readonly PostgreSqlStore _store;
        private readonly List<SubmitEntry> _journal = [];
        private readonly Guid _batch = Guid.NewGuid();
        private readonly List<Guid> _workers = [];

        private Scene(PostgreSqlServer server, string connectionString) =>
            (_server, _connectionString, _store) = (server, connectionString, PostgreSqlStore.Open(connectionString));

        public static async Task<Scene> CreateAsync()
        {
            var server = await PostgreSqlServer.StartPrivateAsync();
            var scene = new Scene(server, await server.CreateDatabaseAsync());
            await scene._store.MigrateAsync(default);
            await scene.ExecuteAsync($"INSERT INTO project (project_id, name, form_type, form_settings, binding, instructions, lease) VALUES ('{scene._batch}', 'p', 'preference', '{{}}', '{{}}', '', '5 minutes')");
            await scene.ExecuteAsync($"INSERT INTO batch (batch_id, project_id, name, status, priority, overlap, tier, gold_use, gold_share) VALUES ('{scene._batch}', '{scene._batch}', 'b', 2, 0, 1, 1, 1, 0)");
            await scene.ExecuteAsync($"INSERT INTO batch_counter (batch_id, tasks) VALUES ('{scene._batch}', {Tasks})");
            await scene.ExecuteAsync($"INSERT INTO task (batch_id, task_key, content, is_gold, overlap, priority) SELECT '{scene._batch}', n::text, '{{}}', false, 1, 0 FROM generate_series(1, {Tasks}) n");
            for (var i = 0; i < Tasks * 2; i++)
            {
                scene._workers.Add(Guid.NewGuid());
                await scene.ExecuteAsync($"INSERT INTO worker (worker_id, name, display_name, roles, labels, capacity, is_active) VALUES ('{scene._workers[i]}', 'w{i}', 'w', '{{worker}}', '{{}}', 1, true)");
            }

            return scene;
        }

        public async Task ExecuteAsync(string sql)
        {
            await using var command = ((NpgsqlDataSource)_store.DataSource).CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        public Task SystemAsync(string sql) => _server.ExecuteAsync(sql);

        /// <summary>The bump of the owner epoch is undone under its writer: every owner has the same one, as if nobody compared it.</summary>
        public async Task VoidEpochAsync()
        {
            await ExecuteAsync("CREATE FUNCTION keep_epoch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.owner_epoch := OLD.owner_epoch; RETURN NEW; END'");
            await ExecuteAsync("CREATE TRIGGER keep_epoch BEFORE UPDATE ON batch FOR EACH ROW EXECUTE FUNCTION keep_epoch()");
        }

        /// <summary>Two owners, each with memory of an untouched backlog, give every task to somebody else and take the answers.</summary>
        public async Task<IReadOnlyList<string>> TwoOwnersAsync()
        {
            var epochs = new[] { await OwnAsync(), await OwnAsync() };
            for (var task = 1; task <= Tasks; task++)
            {
                List<(int Owner, HeldAssignment Held)> taken = [];
                for (var owner = 0; owner < 2; owner++)
                {
                    if (await TakeAsync(epochs[owner], task, _workers[((task - 1) * 2) + owner], leaseEpoch: 1) is { } held) taken.Add((owner, held));
                }

                foreach (var (owner, held) in taken) await SubmitAsync(epochs[owner], held, acknowledgeFirst: false);
            }

            return await CheckAsync();
        }

        /// <summary>The new owner hands a slot out and gets it back; the former one, who knows nothing of it, hands it out under the epoch it believes to be next.</summary>
        public async Task<IReadOnlyList<string>> FormerOwnerAsync()
        {
            var former = await OwnAsync();
            var present = await OwnAsync();
            var held = await TakeAsync(present, 1, _workers[0], leaseEpoch: 1);
            await _store.CommitAsync(
                [new ReturnOperation { BatchId = _batch, OwnerEpoch = present, Operation = Op(_workers[0], Guid.NewGuid()), AssignmentId = held!.AssignmentId, WorkerId = _workers[0], LeaseEpoch = 1 }], default);
            await TakeAsync(former, 1, _workers[1], leaseEpoch: 1);
            return await CheckAsync();
        }

        /// <summary>The database crashes while answers are taken, and recovers.</summary>
        public async Task<IReadOnlyList<string>> CrashAsync(bool acknowledgeFirst)
        {
            var epoch = await OwnAsync();
            for (var task = 1; task <= Tasks; task++)
            {
                var held = await TakeAsync(epoch, task, _workers[task], leaseEpoch: 1);
                if (acknowledgeFirst && task == Tasks) await _server.StopImmediateAsync();
                await SubmitAsync(epoch, held!, acknowledgeFirst);
            }

            if (!acknowledgeFirst) await _server.StopImmediateAsync();
            await _server.StartAsync();
            return await CheckAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _store.DisposeAsync();
            await _server.DisposeAsync();
        }

        private async Task<long> OwnAsync() => (await _store.TakeOwnershipAsync(_batch, default))!.OwnerEpoch;

        private async Task<HeldAssignment?> TakeAsync(long epoch, long task, Guid worker, int leaseEpoch)
        {
            var take = new TakeOperation
            {
                BatchId = _batch, OwnerEpoch = epoch, AssignmentId = Guid.NewGuid(), WorkerId = worker, CapacitySlot = 0, TaskId = task, Slot = 0,
                LeaseEpoch = leaseEpoch, Lease = TimeSpan.FromMinutes(5), Presentation = [0, 1],
            };
            return (await _store.CommitAsync([take], default)).Single().Taken;
        }

        private async Task SubmitAsync(long epoch, HeldAssignment held, bool acknowledgeFirst)
        {
            var entry = new SubmitEntry { OperationId = Guid.NewGuid(), WorkerId = held.WorkerId, AssignmentId = held.AssignmentId, InvokedAt = 0, Outcome = acknowledgeFirst ? Outcome.Ok : Outcome.Unknown };
            var at = _journal.Count;
            _journal.Add(entry);
            try
            {
                var result = (await _store.CommitAsync(
                    [new SubmitOperation { BatchId = _batch, OwnerEpoch = epoch, Operation = Op(held.WorkerId, entry.OperationId), AssignmentId = held.AssignmentId, WorkerId = held.WorkerId, LeaseEpoch = held.LeaseEpoch, Answer = "{}" }], default)).Single();
                if (result.Status == CommitStatus.Committed) _journal[at] = entry with { Outcome = Outcome.Ok };
            }
            catch (StoreUnavailableException)
            {
                // The crash.
            }
        }

        private async Task<IReadOnlyList<string>> CheckAsync() => HistoryChecker.Check(_journal, await CommittedState.ReadAsync(_connectionString));

        private static Operation Op(Guid actor, Guid id) => new() { ActorId = actor, OperationId = id, PayloadHash = [1], Kind = "test", Result = "{}" };
    }
}
