using System.Net;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;

namespace Dispatch.Server.Tests.Api;

public sealed class JourneyTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task Batch_DraftOpenPauseOpenClose_TellsTheLiveSideAndCountsVersions()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        foreach (var (action, status, version) in (ValueTuple<string, BatchStatus, int>[])[("open", BatchStatus.Open, 2), ("pause", BatchStatus.Paused, 3), ("open", BatchStatus.Open, 4), ("close", BatchStatus.Closed, 5)])
        {
            var response = await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/batches/{batch}/{action}", null);
            var dto = await response.ReadAsync<BatchDto>();
            (dto.Status, dto.Version).ShouldBe((status, version));
            response.Headers.ETag!.Tag.ShouldBe($"\"{version}\"");
        }

        host.Signals.Batches.Count(id => id == batch).ShouldBe(4);
        await (await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/batches/{batch}/open", null)).ShouldBeRefusedAsync(409, "invalid_transition");
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).ReadAsync<BatchDto>()).Version.ShouldBe(5);
    }

    [Fact]
    public async Task Create_Repeated_HasOneEffectAndOneReply()
    {
        using var admin = host.Admin();
        var request = new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}" };
        var key = Guid.NewGuid().ToString();
        var first = await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request, key);
        var again = await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request, key);

        first.StatusCode.ShouldBe(HttpStatusCode.Created);
        first.Headers.Contains("Idempotent-Replayed").ShouldBeFalse();
        again.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        (await again.Content.ReadAsStringAsync()).ShouldBe(await first.Content.ReadAsStringAsync());
        await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request with { Capacity = 2 }, key)).ShouldBeRefusedAsync(409, "operation_conflict", "Idempotency-Key");
        await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", request)).ShouldBeRefusedAsync(409, "duplicate_name", "$.name");
    }

    [Fact]
    public async Task SameKeyOfSomebodyElse_IsAnotherOperation()
    {
        var key = Guid.NewGuid().ToString();
        using var one = host.As(Guid.NewGuid(), Roles.Supervisor);
        using var other = host.As(Guid.NewGuid(), Roles.Supervisor);
        var first = await (await one.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}" }, key)).ReadAsync<CreatedDto>();
        var second = await (await other.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}" }, key)).ReadAsync<CreatedDto>();
        second.Id.ShouldNotBe(first.Id);
    }

    [Fact]
    public async Task Change_RepeatedAfterAnotherChange_StillGetsItsOwnReply()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        var key = Guid.NewGuid().ToString();
        var first = await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 7 }, key)).Content.ReadAsStringAsync();
        await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 9 });
        var again = await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 7 }, key)).Content.ReadAsStringAsync();

        again.ShouldBe(first);
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).ReadAsync<BatchDto>()).Priority.ShouldBe(9);
        await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 8 }, key)).ShouldBeRefusedAsync(409, "operation_conflict");
    }

    [Fact]
    public async Task IfMatch_OldVersion_IsRefusedAndChangesNothing()
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync();
        (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 1 }, ifMatch: "\"1\"")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 2 }, ifMatch: "\"1\"")).ShouldBeRefusedAsync(412, "version_mismatch", "If-Match");
        (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 3 }, ifMatch: "*")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Changes_AtTheSameMoment_AllLandWithoutIfMatch()
    {
        using var admin = host.Admin();
        var id = (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}" })).ReadAsync<CreatedDto>()).Id;
        var replies = await Task.WhenAll(
            admin.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{id}", """{"capacity":3}"""),
            admin.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{id}", """{"displayName":"Ada"}"""),
            admin.SendTextAsync(HttpMethod.Patch, $"api/v1/workers/{id}", """{"labels":{"lang":"de","level":3,"senior":true}}"""));
        replies.ShouldAllBe(reply => reply.StatusCode == HttpStatusCode.OK);
        var worker = await (await admin.GetAsync($"api/v1/workers/{id}")).ReadAsync<WorkerDto>();
        (worker.Capacity, worker.DisplayName, worker.Version, worker.Labels.Json).ShouldBe((3, "Ada", 4, """{"lang":"de","level":3,"senior":true}"""));
    }

    [Fact]
    public async Task Project_Replaced_KeepsItsFormAndCountsItsVersion()
    {
        using var admin = host.Admin();
        var id = await host.ProjectAsync();
        var present = await (await admin.GetAsync($"api/v1/projects/{id}")).ReadAsync<ProjectDto>();
        var change = new CreateProjectRequest { Name = present.Name, Form = present.Form with { Settings = new JsonText("""{"tie":false}""") }, Instructions = "**New**", LeaseSeconds = 60 };
        var changed = await (await admin.SendJsonAsync(HttpMethod.Put, $"api/v1/projects/{id}", change, ifMatch: "\"1\"")).ReadAsync<ProjectDto>();

        (changed.Version, changed.Instructions, changed.LeaseSeconds).ShouldBe((2, "**New**", 60));
        (await (await admin.GetAsync($"api/v1/projects/{id}")).Content.ReadAsStringAsync()).ShouldBe(JsonSerializer.Serialize(changed, DispatchJson.Options));
        host.Signals.Projects.ShouldContain(id);
        var rating = new FormSpec { Type = "rating", Settings = new JsonText("""{"dimensions":[{"name":"q"}]}"""), Binding = new JsonText("""{"id":"id","prompt":"p"}""") };
        await (await admin.SendJsonAsync(HttpMethod.Put, $"api/v1/projects/{id}", change with { Form = rating })).ShouldBeRefusedAsync(409, "invalid_transition", "$.form.type");
    }

    [Fact]
    public async Task Lists_InPages_HoldEverythingOnceInOrder()
    {
        using var admin = host.Admin();
        var project = await host.ProjectAsync();
        List<Guid> made = [];
        for (var i = 0; i < 7; i++) made.Add(await host.BatchAsync(project));
        List<Guid> seen = [];
        string? cursor = null;
        do
        {
            var page = await (await admin.GetAsync($"api/v1/projects/{project}/batches?limit=3&cursor={cursor}")).ReadAsync<PageDto<BatchDto>>();
            page.Items.Count.ShouldBeLessThanOrEqualTo(3);
            seen.AddRange(page.Items.Select(batch => batch.BatchId));
            cursor = page.Next;
        }
        while (cursor is not null);
        seen.ShouldBe(made);
    }

    [Fact]
    public async Task Worker_Enrolled_IsListedInTheProjectUntilRemoved()
    {
        using var supervisor = host.As(Guid.NewGuid(), Roles.Supervisor);
        var project = await host.ProjectAsync();
        var worker = (await (await supervisor.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}" })).ReadAsync<CreatedDto>()).Id;
        async Task<int> CountAsync() => (await (await supervisor.GetAsync($"api/v1/workers?projectId={project}")).ReadAsync<PageDto<WorkerDto>>()).Items.Count;

        (await supervisor.SendJsonAsync(HttpMethod.Put, $"api/v1/workers/{worker}/projects/{project}", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CountAsync()).ShouldBe(1);
        (await supervisor.SendJsonAsync(HttpMethod.Delete, $"api/v1/workers/{worker}/projects/{project}", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await CountAsync()).ShouldBe(0);
        host.Signals.Workers.Count(id => id == worker).ShouldBe(3);
        await (await supervisor.SendJsonAsync(HttpMethod.Put, $"api/v1/workers/{worker}/projects/{Guid.NewGuid()}", null)).ShouldBeRefusedAsync(404, "unknown_project");
    }

    [Fact]
    public async Task Presence_SaysWhatWorkersDoAndHold()
    {
        using var supervisor = host.As(Guid.NewGuid(), Roles.Supervisor);
        var project = await host.ProjectAsync();
        var worker = (await (await supervisor.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}", DisplayName = "Ann", Capacity = 2, ProjectIds = [project] })).ReadAsync<CreatedDto>()).Id;
        await supervisor.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}", ProjectIds = [project] });
        await supervisor.SendJsonAsync(HttpMethod.Post, $"api/v1/workers/{worker}/drain", new ReasonRequest { Reason = "training at three" });

        var page = await (await supervisor.GetAsync($"api/v1/projects/{project}/presence?limit=1")).ReadAsync<PageDto<WorkerPresenceDto>>();
        var ann = page.Items.ShouldHaveSingleItem();
        (ann.WorkerId, ann.DisplayName, ann.Capacity, ann.IsActive, ann.Activity).ShouldBe((worker, "Ann", 2, true, Activity.Draining));
        ann.ActivityReason!.ShouldContain("training at three");
        ann.Held.ShouldBeEmpty();
        (await (await supervisor.GetAsync($"api/v1/projects/{project}/presence?cursor={page.Next}")).ReadAsync<PageDto<WorkerPresenceDto>>()).Items.ShouldHaveSingleItem().Activity.ShouldBe(Activity.Offline);
        await (await supervisor.GetAsync($"api/v1/projects/{Guid.NewGuid()}/presence")).ShouldBeRefusedAsync(404, "unknown_project");
    }

    [Fact]
    public async Task Document_DescribesEveryCall()
    {
        using var anyone = host.Anonymous();
        var response = await anyone.GetAsync("openapi/v1.json");
        response.StatusCode.ShouldBe(HttpStatusCode.OK, string.Join('\n', host.Logs));
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var calls = document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(call => (path.Name, Method: call.Name, call.Value))).Where(call => call.Name.StartsWith("/api/", StringComparison.Ordinal)).ToList();
        calls.Count.ShouldBeGreaterThanOrEqualTo(24);
        foreach (var (path, method, call) in calls)
        {
            call.TryGetProperty("summary", out _).ShouldBeTrue($"{method} {path} has no summary");
            call.TryGetProperty("description", out _).ShouldBeTrue($"{method} {path} has no description");
            call.GetProperty("responses").TryGetProperty("default", out _).ShouldBeTrue($"{method} {path} does not say how it refuses");
            if (method == "get" || path.EndsWith("/dev/token", StringComparison.Ordinal)) continue;
            call.GetProperty("parameters").EnumerateArray().ShouldContain(parameter => parameter.GetProperty("name").GetString() == "Idempotency-Key", $"{method} {path}");
        }
    }

    [Theory]
    [InlineData("api/nowhere")]
    [InlineData("api/v2/projects")]
    [InlineData("api/v1")]
    public async Task AddressBesideTheApi_IsNotFound(string path)
    {
        using var anyone = host.Anonymous();
        await (await anyone.GetAsync(path)).ShouldBeRefusedAsync(404, "not_found");
    }

    [Fact]
    public async Task BrowsePage_LoadsNothingFromElsewhere()
    {
        using var anyone = host.Anonymous();
        var page = await anyone.GetStringAsync("api/");
        page.ShouldContain("openapi/v1.json");
        page.ShouldNotContain("cdn.");
        page.ShouldNotContain("fonts.");
        page.ShouldNotContain("src=\"http");
        (await anyone.GetAsync("api/scalar.js")).Content.Headers.ContentType!.MediaType!.ShouldContain("javascript");
    }
}
