using Dispatch.Grains;
using Dispatch.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>Control records through Orleans' own provider, on both stores: kept, versioned, and never written by two first writers.</summary>
public sealed class ControlRecordTests
{
    [Fact]
    public Task OnSqlite() => RunAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task OnPostgreSql() => RunAsync(postgreSql: true);

    private static async Task RunAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var storage = server.Services.GetRequiredKeyedService<IGrainStorage>(ControlRecords.Provider);
        var id = GrainId.Create("gate", Guid.NewGuid().ToString("N"));
        var (first, second) = (new GrainState<Record>(new Record { Text = "first" }), new GrainState<Record>(new Record { Text = "second" }));
        await storage.WriteStateAsync("members", id, first);
        await Should.ThrowAsync<InconsistentStateException>(() => storage.WriteStateAsync("members", id, second));
        await storage.ReadStateAsync("members", id, second);
        second.State!.Text.ShouldBe("first");
        second.State = new Record { Text = "third" };
        await storage.WriteStateAsync("members", id, second);
        first.State = new Record { Text = "late" };
        await Should.ThrowAsync<InconsistentStateException>(() => storage.WriteStateAsync("members", id, first));
        await storage.ReadStateAsync("members", id, first);
        first.State!.Text.ShouldBe("third");
        await storage.ClearStateAsync("members", id, first);
        await storage.ReadStateAsync("members", id, second);
        (second.State?.Text ?? "").ShouldBe("");
        second.State = new Record { Text = "again" };
        await storage.WriteStateAsync("members", id, second);
    }

    [GenerateSerializer, Alias("dispatch.test.control-record")]
    internal sealed class Record
    {
        [Id(0)] public string Text { get; set; } = "";
    }
}
