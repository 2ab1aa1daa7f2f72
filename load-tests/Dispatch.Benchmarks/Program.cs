using BenchmarkDotNet.Running;
using Dispatch.Bars;
using Dispatch.Benchmarks.Board;
using Dispatch.Benchmarks.Commits;
using Dispatch.Benchmarks.Engine;
using Dispatch.Benchmarks.Messages;

// `bars` prints one line a bar and fails when one is short; anything else goes to BenchmarkDotNet.
if (args is not ["bars", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(EngineBenchmarks).Assembly).Run(args);
    return 0;
}

var shortOnes = 0;
foreach (var bar in EngineBars.Measure().Concat(MessageBars.Measure()).Concat(BoardBars.Measure())) Print(bar);
foreach (var bar in await CommitBars.MeasureAsync("group commit on SQLite", CommitWorld.SqliteAsync, bytesMost: 20_000)) Print(bar);
foreach (var bar in await CommitBars.MeasureAsync("group commit on PostgreSQL", CommitWorld.PostgreSqlAsync, bytesMost: 4_000)) Print(bar);
return shortOnes == 0 ? 0 : 1;

void Print(Bar bar)
{
    bar.Print();
    if (!bar.Met) shortOnes++;
}
