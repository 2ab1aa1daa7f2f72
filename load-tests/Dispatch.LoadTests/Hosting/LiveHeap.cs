using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;

namespace Dispatch.LoadTests.Hosting;

/// <summary>What is alive in another .NET process: it is made to collect everything, and says what is left.</summary>
internal static class LiveHeap
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Live bytes after a full collection.</summary>
    public static async Task<long> BytesAsync(int processId)
    {
        // Twice: finalizers run after the first, and what they held goes with the second.
        await CollectAsync(processId);
        return await CollectAsync(processId);
    }

    private static async Task<long> CollectAsync(int processId)
    {
        var client = new DiagnosticsClient(processId);
        const long Keywords = (long)(ClrTraceEventParser.Keywords.GC | ClrTraceEventParser.Keywords.GCHeapCollect);
        using var session = await client.StartEventPipeSessionAsync([new EventPipeProvider(Runtime, EventLevel.Informational, Keywords)], requestRundown: false, circularBufferMB: 16, CancellationToken.None);
        var result = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = Task.Run(() =>
        {
            using var source = new EventPipeEventSource(session.EventStream);
            var isFull = false;
            source.Clr.GCStart += collection => isFull = collection.Depth == 2;
            source.Clr.GCHeapStats += stats =>
            {
                if (isFull) result.TrySetResult(stats.GenerationSize0 + stats.GenerationSize1 + stats.GenerationSize2 + stats.GenerationSize3 + stats.GenerationSize4);
            };
            source.Process();
            result.TrySetException(new InvalidOperationException("The process ended its events before a collection was over."));
        });
        try
        {
            return await result.Task.WaitAsync(Patience);
        }
        finally
        {
            await session.StopAsync(CancellationToken.None);
            await reading;
        }
    }
}
