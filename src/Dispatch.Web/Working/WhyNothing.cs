using Dispatch.Client;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Web.Working;

/// <summary>Why nothing comes: asked once for every time that nothing is there. The answer is of that moment, and the page says nothing that is older.</summary>
public sealed class WhyNothing
{
    private bool _isAsking;

    /// <summary>The reasons; null while there is something to do, or nothing is known.</summary>
    public IdleExplanation? Answer { get; private set; }

    /// <summary>Asks, if it has to be asked.</summary>
    /// <param name="connection">The worker's connection.</param>
    /// <param name="isIdle">Whether the worker waits, now.</param>
    /// <returns>True when there is a new answer.</returns>
    public async Task<bool> AskAsync(WorkerConnection connection, Func<bool> isIdle)
    {
        if (!isIdle()) Answer = null;
        if (!isIdle() || Answer is not null || _isAsking) return false;
        _isAsking = true;
        try
        {
            var why = await connection.WhyNothingAsync();
            if (isIdle()) Answer = why;
        }
        catch (Exception failure) when (failure is HubException or InvalidOperationException or OperationCanceledException)
        {
            // The connection went; the next change asks again.
        }
        finally
        {
            _isAsking = false;
        }

        return true;
    }
}
