using Dispatch.Storage.PostgreSql;
using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.PostgreSql;

/// <summary>A disk that is full is noticed before anybody's answer is.</summary>
public sealed class FullDiskTests
{
    private const long DiskBytes = 128L << 20;

    [SmallDiskFact]
    public async Task Probe_OnAFullDisk_SaysSo_AndNoLongerWhenThereIsRoom()
    {
        await using var server = await PostgreSqlServer.StartPrivateAsync(DiskBytes);
        await using var store = PostgreSqlStore.Open(await server.CreateDatabaseAsync());
        await store.MigrateAsync(default);
        await store.ProbeAsync("a", default);
        server.Disk!.Fill();
        await Should.ThrowAsync<StoreUnavailableException>(() => store.ProbeAsync("a", default));
        server.Disk.Free();
        await store.ProbeAsync("a", default);
    }
}
