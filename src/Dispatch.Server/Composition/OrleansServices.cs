using System.Net;
using System.Net.Sockets;
using Dispatch.Grains;
using Dispatch.Server.Hubs;
using Dispatch.Server.Telemetry;
using Dispatch.Storage;
using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Sqlite;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Runtime.Hosting;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace Dispatch.Server.Composition;

/// <summary>
/// The process as part of a cluster. On PostgreSQL membership, reminders and control records lie in the database, through the pool the store
/// has anyway. On SQLite the one process is the cluster.
/// </summary>
internal static class OrleansServices
{
    private const string NpgsqlInvariant = "Npgsql";
    private const string ServiceId = "dispatch";

    public static void AddDispatchCluster(this WebApplicationBuilder builder, ServerRole role)
    {
        var services = builder.Services;
        services.AddOptions<DispatchClusterOptions>().BindConfiguration(DispatchClusterOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DispatchClusterOptions>, DispatchClusterOptionsValidator>();
        Configure<ClusterOptions>(services, (options, cluster) => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, ServiceId));
        var isPostgreSql = builder.Configuration["Dispatch:Store"] == "postgresql";
        var hasDashboard = bool.TryParse(builder.Configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.Dashboard)}"], out var wanted) && wanted;

        // Four filters a call, for traces that nobody would see.
        var hasTraces = TelemetryServices.IsCollected(builder.Configuration, TelemetrySignal.Traces);
        if (role == ServerRole.Gateway && isPostgreSql) builder.UseOrleansClient(client => AddClient(client, hasDashboard, hasTraces));
        else builder.UseOrleans(silo => AddSilo(silo, isPostgreSql, hasDashboard, hasTraces));
    }

    private static void AddClient(IClientBuilder client, bool hasDashboard, bool hasTraces)
    {
        var services = client.Services;
        client.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringClientOptions> clustering) => clustering.Configure<IDispatchStore>(
            (options, store) => (options.Invariant, options.DataSource) = (NpgsqlInvariant, ((PostgreSqlStore)store).DataSource)));
        Configure<GatewayOptions>(services, (options, cluster) => options.GatewayListRefreshPeriod = cluster.GatewayRefresh);
        Configure<ClientMessagingOptions>(services, (options, cluster) => options.ResponseTimeout = cluster.CallTimeout);
        if (hasTraces) client.AddActivityPropagation();
        if (hasDashboard) client.AddDashboard();
        client.UseConnectionRetryFilter<KeepTrying>();
        services.AddSingleton<IClusterConnectionStatusObserver>(provider => provider.GetRequiredService<SessionKeeper>());
        services.AddDispatchGrainClients();
    }

    private static void AddSilo(ISiloBuilder silo, bool isPostgreSql, bool hasDashboard, bool hasTraces)
    {
        var services = silo.Services;
        if (isPostgreSql) AddSharedSilo(silo, services);
        else AddLoneSilo(silo, services);
        Configure<SiloMessagingOptions>(services, (options, cluster) =>
        {
            options.ResponseTimeout = cluster.CallTimeout;
            options.MaxEnqueuedRequestsHardLimit = cluster.CallsPerGrain;
            options.MaxEnqueuedRequestsSoftLimit = cluster.CallsPerGrain / 2;
        });
        Configure<LoadSheddingOptions>(services, (options, cluster) =>
        {
            options.LoadSheddingEnabled = cluster.ShedAboveCpuPercent > 0;
            if (options.LoadSheddingEnabled) options.CpuThreshold = cluster.ShedAboveCpuPercent;
        });
        Configure<ReminderOptions>(services, (options, cluster) => options.MinimumReminderPeriod = cluster.SweepEvery);
        services.AddSingleton(provider => new SweeperOptions { Period = provider.GetRequiredService<IOptions<DispatchClusterOptions>>().Value.SweepEvery });
        if (hasTraces) silo.AddActivityPropagation();
        if (hasDashboard) silo.AddDashboard();
        services.AddDispatchGrains();
    }

    private static void AddSharedSilo(ISiloBuilder silo, IServiceCollection services)
    {
        silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> clustering) => clustering.Configure<IDispatchStore>(
            (options, store) => (options.Invariant, options.DataSource) = (NpgsqlInvariant, ((PostgreSqlStore)store).DataSource)));
        var table = services.Last(service => service.ServiceType == typeof(IMembershipTable));
        services.Remove(table);
        services.AddSingleton<IMembershipTable>(provider => MembershipOf(provider, (IMembershipTable)ActivatorUtilities.CreateInstance(provider, table.ImplementationType!)));
        silo.UseAdoNetReminderService((OptionsBuilder<AdoNetReminderTableOptions> reminders) => reminders.Configure<IDispatchStore>(
            (options, store) => (options.Invariant, options.DataSource) = (NpgsqlInvariant, ((PostgreSqlStore)store).DataSource)));
        silo.AddAdoNetGrainStorage(ControlRecords.Provider, (OptionsBuilder<AdoNetGrainStorageOptions> storage) => storage.Configure<IDispatchStore>(
            (options, store) => (options.Invariant, options.DataSource) = (NpgsqlInvariant, ((PostgreSqlStore)store).DataSource)));
        Configure<EndpointOptions>(services, (options, cluster) =>
        {
            options.AdvertisedIPAddress = IPAddress.Parse(cluster.Address);
            options.SiloPort = cluster.SiloPort == 0 ? FreePort() : cluster.SiloPort;
            options.GatewayPort = cluster.GatewayPort == 0 ? FreePort() : cluster.GatewayPort;

            var listens = cluster.SiloListenPort == 0 ? options.SiloPort : cluster.SiloListenPort;
            if (IPAddress.IsLoopback(options.AdvertisedIPAddress))
            {
                if (listens != options.SiloPort) options.SiloListeningEndpoint = new IPEndPoint(options.AdvertisedIPAddress, listens);
                return;
            }

            // In a container the address others use is not one that can be bound.
            options.SiloListeningEndpoint = new IPEndPoint(IPAddress.Any, listens);
            options.GatewayListeningEndpoint = new IPEndPoint(IPAddress.Any, options.GatewayPort);
        });
        Configure<ClusterMembershipOptions>(services, (options, cluster) =>
        {
            options.ProbeTimeout = cluster.ProbeTimeout;
            options.MinProbeTimeout = cluster.ProbeTimeout;
            options.MaxProbeTimeout = cluster.ProbeTimeout * 4;
            options.NumMissedProbesLimit = cluster.MissedProbes;
            options.NumVotesForDeathDeclaration = cluster.Votes;
            options.TableRefreshTimeout = cluster.TableRefresh;
            options.IAmAliveTablePublishTimeout = cluster.AliveEvery;
            options.NumMissedTableIAmAliveLimit = cluster.MissedSigns;
        });
    }

    private static PatientMembershipTable MembershipOf(IServiceProvider provider, IMembershipTable table) => ActivatorUtilities.CreateInstance<PatientMembershipTable>(
        provider, new DatabaseClockMembershipTable(table, provider.GetRequiredService<IDispatchStore>().NowAsync, provider.GetRequiredService<TimeProvider>()));

    private static void AddLoneSilo(ISiloBuilder silo, IServiceCollection services)
    {
        silo.UseLocalhostClustering();
        ClosedPorts.Replace(silo.Services);
        silo.UseInMemoryReminderService();
        services.AddGrainStorage(ControlRecords.Provider, (provider, _) => new SqliteControlRecords(
            (SqliteStore)provider.GetRequiredService<IDispatchStore>(), provider.GetRequiredService<IGrainStorageSerializer>(), provider.GetRequiredService<IActivatorProvider>()));
    }

    private static void Configure<T>(IServiceCollection services, Action<T, DispatchClusterOptions> configure)
        where T : class =>
        services.AddOptions<T>().Configure<IOptions<DispatchClusterOptions>>((options, cluster) => configure(options, cluster.Value));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A gateway that starts before the first silo waits for it instead of dying: the order of starting does not matter.</summary>
    private sealed class KeepTrying(TimeProvider time) : IClientConnectionRetryFilter
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            await Task.Delay(Pause, time, cancellationToken);
            return true;
        }
    }
}
