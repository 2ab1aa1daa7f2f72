using System.Globalization;
using Dispatch.Server.Auth;
using Dispatch.Server.Composition;
using Dispatch.Storage;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Health;

/// <summary>
/// <c>/health/live</c> says that the process runs, and asks nobody: a database that is away must not get servers killed. <c>/health/ready</c> says whether a
/// balancer should send people here.
/// </summary>
internal static class HealthServices
{
    public static void AddDispatchHealth(this IServiceCollection services)
    {
        services.AddSingleton<Readiness>();

        // The last one registered is the one the host takes.
        services.AddSingleton<IHostLifetime, DrainingLifetime>();

        // The host reads this before the configuration is checked, so it is read alone: what cannot be read is told with the other faults.
        services.AddOptions<HostOptions>().Configure<IConfiguration>((host, configuration) =>
            host.ShutdownTimeout = TimeSpan.TryParse(configuration["Dispatch:ShutdownTimeout"], CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero ? timeout : new DispatchOptions().ShutdownTimeout);
    }

    public static void MapDispatchHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => "live").ExcludeFromDescription();
        app.MapGet("/health/ready", async (Readiness readiness, HttpContext context) =>
            await readiness.WhyNotAsync(context.RequestAborted) is { } reason
                ? Results.Text(reason, statusCode: StatusCodes.Status503ServiceUnavailable)
                : Results.Text("ready")).ExcludeFromDescription();
    }
}

/// <summary>Whether this process can serve people now. It is made before the configuration is checked, so it looks for the store only when it is asked.</summary>
internal sealed class Readiness(IServiceProvider services, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly string _process = $"{Environment.MachineName}/{Environment.ProcessId}";
    private readonly Lock _lock = new();
    private Task? _probe;
    private long _probedAt;
    private volatile bool _isDraining;

    /// <summary>Whether the process is about to stop.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>From now on nobody new should come here.</summary>
    public void Drain() => _isDraining = true;

    /// <summary>Why it cannot; null when it can.</summary>
    public async Task<string?> WhyNotAsync(CancellationToken cancellation)
    {
        if (_isDraining) return "this process is about to stop";
        if (services.GetService<ISiloStatusOracle>() is { } silo && silo.CurrentStatus != SiloStatus.Active) return $"the silo is {silo.CurrentStatus}";
        if (await IsAuthorityAwayAsync(cancellation)) return "the authority that vouches for tokens cannot be reached";
        try
        {
            await ProbeAsync(cancellation);
            return null;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or TimeoutException)
        {
            return "the database takes no writes";
        }
    }

    /// <summary>Whether nobody could be let in, because the keys of the authority were never had. Once they were, an authority that is away keeps nobody out.</summary>
    private async Task<bool> IsAuthorityAwayAsync(CancellationToken cancellation)
    {
        if (services.GetService<IOptionsMonitor<JwtBearerOptions>>()?.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager is not AuthorityKeys keys) return false;
        try
        {
            return !await keys.HasAnyAsync(CancellationToken.None).WaitAsync(Patience, time, cancellation);
        }
        catch (TimeoutException)
        {
            return true;
        }
    }

    /// <summary>At most one probe is under way, and its result serves for a moment: however many ask, the database is asked once.</summary>
    private Task ProbeAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_probe is null || (_probe.IsCompleted && time.GetElapsedTime(_probedAt) > Fresh))
            {
                _probedAt = time.GetTimestamp();
                _probe = services.GetRequiredService<IDispatchStore>().ProbeAsync(_process, CancellationToken.None);
            }

            return _probe.WaitAsync(Patience, time, cancellation);
        }
    }
}
