using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Supervision;

/// <summary>Goes on with what a process began to ask again and did not finish. Two at once do no harm: a step is one transaction, and knows where the last one ended.</summary>
public sealed partial class AskAgainService(IDispatchStore store, AskAgainDesk desk, TimeProvider time, ILogger<AskAgainService> logger) : SteadyService(Period, time, logger)
{
    private const int AtOnce = 10;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        foreach (var askAgainId in await store.ListUnfinishedAskAgainAsync(AtOnce, stopping))
        {
            if (await desk.FinishAsync(askAgainId, stopping) is { } step) LogFinished(askAgainId, step.Tasks, step.Remaining);
        }
    }

    [LoggerMessage(2421, LogLevel.Information, "Asking again {AskAgainId} was finished here: {Tasks} tasks, {Remaining} left in closed or canceled batches.")]
    private partial void LogFinished(Guid askAgainId, int tasks, int remaining);
}
