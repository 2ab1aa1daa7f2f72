using Dispatch.Contracts.Api;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>A page cursor is what a list gave, for that list, unchanged; anything else is refused and never read as the first page.</summary>
public sealed class CursorTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("-1")]
    [InlineData("nonsense")]
    [InlineData("1.")]
    [InlineData(".1")]
    [InlineData("1.0000000000000000")]
    [InlineData("9999999999999999999999")]
    [InlineData("%00")]
    [InlineData("%F0%9F%98%80.x")]
    [InlineData("' OR 1=1 --")]
    public async Task MadeUpCursor_IsRefusedByEveryList(string cursor)
    {
        using var admin = host.Admin();
        var (project, batch) = (await host.ProjectAsync(), await host.BatchAsync());
        foreach (var list in (string[])["projects", "workers", $"projects/{project}/batches", $"batches/{batch}/tasks"])
        {
            await (await admin.GetAsync($"api/v1/{list}?cursor={cursor}")).ShouldBeRefusedAsync(400, "bad_cursor", "cursor");
        }
    }

    [Fact]
    public async Task EndlessCursor_IsRefused()
    {
        using var admin = host.Admin();
        await (await admin.GetAsync($"api/v1/projects?cursor={new string('1', 5_000)}")).ShouldBeRefusedAsync(400, "bad_cursor", "cursor");
    }

    [Fact]
    public async Task CursorOfAnotherList_IsRefused_AndItsOwnGoesOn()
    {
        using var admin = host.Admin();
        var (left, right) = (await host.BatchAsync(), await host.BatchAsync());
        foreach (var batch in (Guid[])[left, right]) await admin.ImportAsync(batch, $"{Line(1)}\n{Line(2)}\n{Line(3)}");

        var next = (await (await admin.GetAsync($"api/v1/batches/{left}/tasks?limit=2")).ReadAsync<PageDto<TaskDto>>()).Next;

        await (await admin.GetAsync($"api/v1/batches/{right}/tasks?cursor={next}")).ShouldBeRefusedAsync(400, "bad_cursor", "cursor");
        await (await admin.GetAsync($"api/v1/batches/{left}/tasks?cursor=1{next}")).ShouldBeRefusedAsync(400, "bad_cursor", "cursor");
        var rest = await (await admin.GetAsync($"api/v1/batches/{left}/tasks?limit=2&cursor={next}")).ReadAsync<PageDto<TaskDto>>();
        rest.Items.ShouldHaveSingleItem().Key.ShouldBe("3");
        rest.Next.ShouldBeNull();
    }
}
