using System.Text;
using Dispatch.Grains;
using Dispatch.Storage;
using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Sqlite;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>The store of the configuration.</summary>
internal static class StoreServices
{
    public static void AddDispatchStore(this IServiceCollection services)
    {
        services.AddSingleton<IDispatchStore>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DispatchOptions>>().Value;
            return options.Store == "sqlite"
                ? SqliteStore.Open(new SqliteStoreOptions { Path = options.SqlitePath, Time = provider.GetRequiredService<TimeProvider>() })
                : PostgreSqlStore.Open(options.PostgreSql!);
        });
        services.AddSingleton(provider => new GoldKey(provider.GetRequiredService<IOptions<DispatchOptions>>().Value.Quality.GoldKey is { } key
            ? Encoding.UTF8.GetBytes(key)
            : provider.GetRequiredService<IDispatchStore>().Secret.ToArray()));
        services.AddSingleton(provider => new BoardOptions { Enabled = provider.GetRequiredService<IOptions<DispatchOptions>>().Value.Quality.Leaderboards });
        services.AddSingleton<IProjectStore>(provider => provider.GetRequiredService<IDispatchStore>());
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DispatchOptions>>().Value;
            return new CommitLaneOptions { Lanes = options.Store == "sqlite" ? 1 : options.CommitLanes };
        });
    }
}
