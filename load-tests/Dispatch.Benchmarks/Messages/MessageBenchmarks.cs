using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Jobs;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Dispatch.Benchmarks.Messages;

/// <summary>The messages of a cycle as a table, with allocations.</summary>
[MemoryDiagnoser]
[SimpleJob(RuntimeMoniker.HostProcess, launchCount: 1, warmupCount: 3, iterationCount: 10)]
public class MessageBenchmarks
{
    private readonly Exchange _exchange = new();
    private IHubProtocol _protocol = null!;
    private ReadOnlyMemory<byte> _frame;

    /// <summary>MessagePack, or JSON.</summary>
    [Params(false, true)]
    public bool Json { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _protocol = Json ? _exchange.Json : _exchange.MessagePack;
        _frame = _exchange.Frame(_protocol);
    }

    [Benchmark]
    public object ReadAnswer() => Exchange.Read(_protocol, _frame);

    [Benchmark]
    public int WriteNextTask() => _exchange.Write(_protocol);

    [Benchmark]
    public int WriteAnswerToSilo() => _exchange.WriteToSilo();
}
