using System.Data.Common;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;

namespace Dispatch.Grains;

/// <summary>
/// The boundary of a grain: whatever leaves it can be read in every process. An exception whose type, or whose inner exception, has no serializer reaches a caller
/// in another process as a failure of the serializer, which says nothing about what happened: with the database away callers met that instead of
/// "the outcome is unknown". So a failure of the database leaves as a bare <see cref="StoreUnavailableException"/> and what nobody foresaw as a
/// <see cref="GrainFailedException"/>; the original is logged here, where it arose.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Log.</param>
public sealed class GrainFailures(TimeProvider time, ILogger<GrainFailures> logger) : IIncomingGrainCallFilter
{
    private readonly RareLog _log = new(time, logger);

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception failure) when (!Travels(failure))
        {
            throw Leaving(failure, $"{context.InterfaceName}.{context.MethodName}");
        }
    }

    /// <summary>Logs a failure where it arose, and makes of it what may leave.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="method">The call that failed.</param>
    public Exception Leaving(Exception failure, string method)
    {
        if (IsOfTheStore(failure)) _log.SayAway(method, failure);
        else _log.SayBroken(method, failure);
        return ForOthers(failure, method);
    }

    /// <summary>What another process is told instead of a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="method">The call that failed.</param>
    public static Exception ForOthers(Exception failure, string method)
    {
        if (Travels(failure)) return failure;
        if (IsOfTheStore(failure)) return new StoreUnavailableException(failure is StoreUnavailableException ? failure.Message : "The database was lost, or refused.");
        return failure switch
        {
            // Callers tell these apart by their kind; what is inside them is in the log.
            TimeoutException => new TimeoutException(failure.Message),
            OrleansException => new OrleansException(failure.Message),
            OperationCanceledException => new OperationCanceledException(failure.Message),
            _ => new GrainFailedException($"{method} failed: {failure.GetType().Name}."),
        };
    }

    /// <summary>Whether every process can read it as it is. What Orleans throws itself, and time-outs, keep their type: callers tell them apart.</summary>
    /// <param name="failure">The failure.</param>
    public static bool Travels(Exception failure) =>
        // Orleans itself ends an activation by the type of this one.
        failure is InconsistentStateException
        || (failure is StoreUnavailableException or GrainFailedException or TimeoutException or OrleansException or OperationCanceledException
            && failure.InnerException is null
            && failure.Data.Count == 0);

    /// <summary>Whether the database is behind it, however deep.</summary>
    private static bool IsOfTheStore(Exception failure) => failure switch
    {
        // Refused for good: that is no outcome to ask for again.
        StoreRefusedException => false,
        StoreUnavailableException or DbException => true,
        AggregateException many => many.InnerExceptions.Any(IsOfTheStore),
        _ => failure.InnerException is { } inner && IsOfTheStore(inner),
    };
}
