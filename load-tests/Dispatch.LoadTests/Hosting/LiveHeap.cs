using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Dispatch.LoadTests.Hosting;

/// <summary>
/// What is alive in another .NET process: it is made to collect everything, and says what is left. Holes between the living do not count: sizes of generations have them in, and they were 1 to 2.5 KiB
/// of a connected worker, more with each heartbeat between two collections.
/// </summary>
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
            var living = 0L;
            source.Clr.GCStart += collection => (isFull, living) = (collection.Depth == 2, 0);
            source.Clr.GCPerHeapHistory += heap => living += Enumerable.Range((int)Gens.Gen0, (int)Gens.GenPinObj + 1).Select(generation => heap.GenData((Gens)generation)).Sum(data => data.SizeAfter - data.Fragmentation);
            source.Clr.GCHeapStats += _ =>
            {
                if (isFull) result.TrySetResult(living);
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
