using Dispatch.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Serialization;

namespace Dispatch.Grains;

/// <summary>Registers what grains need. Expects a store, sources of ids and randomness, the key of draws, the forms, and grain storage named "control" to be registered by the host.</summary>
public static class GrainServices
{
    /// <summary>Adds the services. Safe to call twice.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddDispatchGrains(this IServiceCollection services)
    {
        services.AddDispatchGrainClients();
        services.TryAddSingleton<LocalActors>();
        if (!services.Any(service => service.ServiceType == typeof(GrainFailures)))
        {
            services.AddSingleton<GrainFailures>();
            services.AddSingleton<IIncomingGrainCallFilter>(provider => provider.GetRequiredService<GrainFailures>());
        }

        services.TryAddSingleton<CommitLaneOptions>();
        services.TryAddSingleton<SweeperOptions>();
        services.TryAddSingleton<IFaultPoint, NoFaults>();
        services.TryAddSingleton<CommitInstruments>();
        services.TryAddSingleton<IdleInstruments>();
        services.TryAddSingleton<GateInstruments>();
        services.TryAddSingleton<LeaseInstruments>();
        services.AddHosted<BatchInstruments>();
        services.TryAddSingleton<ICommitStore>(provider => provider.GetRequiredService<IDispatchStore>());
        services.TryAddSingleton<CommitLanes>();
        services.TryAddSingleton<ICommitter>(provider => provider.GetRequiredService<CommitLanes>());
        services.AddHosted<IdleReporter>();
        services.AddHosted<ShownBuffer>();
        services.AddHosted<SweeperStarter>();
        services.TryAddSingleton<IStandingStore>(provider => provider.GetRequiredService<IDispatchStore>());
        services.TryAddSingleton<IEvidenceStore>(provider => provider.GetRequiredService<IDispatchStore>());
        services.TryAddSingleton<IWorkerStore>(provider => provider.GetRequiredService<IDispatchStore>());
        services.TryAddSingleton<IOutboxDrains, OutboxDrains>();
        services.TryAddSingleton<BoardOptions>();
        services.TryAddSingleton<BoardExchange>();
        services.TryAddSingleton<IBoards>(provider => provider.GetRequiredService<BoardExchange>());
        services.AddHosted<BoardExchangeService>();
        services.TryAddSingleton<ProjectWatch>();
        services.TryAddSingleton<IAtWork>(provider => provider.GetRequiredService<ProjectWatch>());
        services.AddHosted<ProjectWatchService>();
        services.TryAddSingleton<IIdleness>(provider => provider.GetRequiredService<IdleReporter>());
        services.TryAddSingleton<IShownStamps>(provider => provider.GetRequiredService<ShownBuffer>());
        return services;
    }

    /// <summary>Adds what a process needs that has no grains of its own and calls those of others. Safe to call twice.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddDispatchGrainClients(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);

        // An exception of a type that is not allowed arrives as another one, and who catches "the store is unavailable" from a grain elsewhere would miss it. What a failed
        // activation throws passes no filter (see GrainFailures): of any type it must be possible to write it, or the caller gets the serializer's own failure instead.
        services.Configure<ExceptionSerializationOptions>(options => options.SupportedExceptionTypeFilter = _ => true);
        services.TryAddSingleton<IActors, OrleansActors>();
        services.TryAddSingleton<ProjectCatalog>();
        services.TryAddSingleton<IWorkSignals, WorkSignals>();
        return services;
    }

    private static void AddHosted<T>(this IServiceCollection services)
        where T : class, Microsoft.Extensions.Hosting.IHostedService
    {
        if (services.Any(service => service.ServiceType == typeof(T))) return;
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
