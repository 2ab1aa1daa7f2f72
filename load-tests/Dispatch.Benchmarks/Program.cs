using BenchmarkDotNet.Running;
using Dispatch.Benchmarks;

// `bars` prints one line a bar and fails when one is short; anything else goes to BenchmarkDotNet.
if (args is ["bars", ..]) return EngineBars.Print();
BenchmarkSwitcher.FromAssembly(typeof(EngineBenchmarks).Assembly).Run(args);
return 0;
