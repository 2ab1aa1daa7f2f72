using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Dispatch.Server.Composition;

/// <summary>
/// Has a silo listen nowhere. Where one process is the whole cluster nobody else has business at its ports, and whoever reaches them, any user and any container of
/// the machine, may call grains without a token.
/// </summary>
internal static class ClosedPorts
{
    /// <summary>Replaces the listeners of a silo, for silos and for clients alike. A silo calls its own grains in memory, so it misses nothing.</summary>
    /// <param name="services">The services of the silo.</param>
    public static void Replace(IServiceCollection services)
    {
        var listeners = services.Where(service => service.ServiceType == typeof(IConnectionListenerFactory) && service.IsKeyedService).ToList();
        if (listeners.Count == 0) throw new InvalidOperationException("No listener of a silo was found to close: Orleans registers them in another way now.");
        foreach (var listener in listeners)
        {
            services.Remove(listener);
            services.AddKeyedSingleton<IConnectionListenerFactory, NoListeners>(listener.ServiceKey);
        }
    }

    private sealed class NoListeners : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new NoListener(endpoint));
    }

    /// <summary>Waits for a connection that never comes, until it is closed.</summary>
    private sealed class NoListener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_closed.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _closed.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
