using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Jobs;

namespace Dispatch.Benchmarks.Commits;

/// <summary>A group commit as a table.</summary>
[MemoryDiagnoser]
[SimpleJob(RuntimeMoniker.HostProcess, launchCount: 1, warmupCount: 10, iterationCount: 100, invocationCount: 1)]
public class CommitBenchmarks
{
    private const int Tasks = 40_000;

    private CommitWorld _world = null!;

    /// <summary>Answers in the group.</summary>
    [Params(1, 16, 128)]
    public int Group { get; set; }

    /// <summary>SQLite, or PostgreSQL.</summary>
    [Params(false, true)]
    public bool PostgreSql { get; set; }

    [GlobalSetup]
    public async Task Setup() => _world = PostgreSql ? await CommitWorld.PostgreSqlAsync(Tasks) : await CommitWorld.SqliteAsync(Tasks);

    [GlobalCleanup]
    public async Task Cleanup() => await _world.DisposeAsync();

    [Benchmark]
    public Task AnswerAndTake() => _world.CycleAsync(Group);
}
