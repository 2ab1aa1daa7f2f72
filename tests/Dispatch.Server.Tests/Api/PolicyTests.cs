using System.Net;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;

namespace Dispatch.Server.Tests.Api;

/// <summary>Policies, selectors and rules on their way in: what fits comes back as it was sent, and what does not changes nothing.</summary>
public sealed class PolicyTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Form = """ "form":{"type":"preference","binding":{"id":"id","prompt":"p","responses":["x","y"]}} """;

    private static string Project(string dispatch) => $$"""{"name":"n {{Guid.NewGuid()}}","dispatch":{{dispatch}},{{Form}}}""";

    private static string Batch(string more) => $$"""{"name":"b {{Guid.NewGuid()}}",{{more}}}""";

    private static async Task<int> ProjectsAsync(HttpClient admin) => (await (await admin.GetAsync("api/v1/projects")).ReadAsync<PageDto<ProjectDto>>()).Items.Count;

    [Fact]
    public async Task Policy_EveryMemberSet_ComesBackAsItWasSent()
    {
        using var admin = host.Admin();
        var policy = new DispatchPolicy
        {
            Acceptance = Acceptance.Explicit, OfferTimeoutSeconds = 5, SimultaneousOffers = 10, LeaseMaxSeconds = 604_800, BreakMaxSeconds = 0, DisconnectGraceSeconds = 3_600, ReofferSeconds = 0,
            CooldownSeconds = 604_800, AttemptsMax = 100, CapacityCost = 16, WorkerChoice = WorkerChoice.BestStanding, BatchOrder = BatchOrder.RoundRobin, AgeingPerHour = 0.25,
        };
        var id = await host.ProjectAsync();
        var present = await (await admin.GetAsync($"api/v1/projects/{id}")).ReadAsync<ProjectDto>();
        var request = new CreateProjectRequest { Name = present.Name, Form = present.Form, Dispatch = policy };

        (await (await admin.SendJsonAsync(HttpMethod.Put, $"api/v1/projects/{id}", request)).ReadAsync<ProjectDto>()).Dispatch.ShouldBe(policy);

        (await (await admin.GetAsync($"api/v1/projects/{id}")).ReadAsync<ProjectDto>()).Dispatch.ShouldBe(policy);
        var bad = await admin.SendJsonAsync(HttpMethod.Put, $"api/v1/projects/{id}", request with { Dispatch = policy with { Prefetch = 1, AttemptsMax = 0 } });
        var problem = await bad.ShouldBeRefusedAsync(400, "invalid_policy", "$.dispatch.attemptsMax");
        problem.GetProperty("title").GetString()!.ShouldContain("$.dispatch.prefetch", Case.Sensitive, "all faults at once");
        (await (await admin.GetAsync($"api/v1/projects/{id}")).ReadAsync<ProjectDto>()).ShouldSatisfyAllConditions(project => project.Dispatch.ShouldBe(policy), project => project.Version.ShouldBe(present.Version + 1));
    }

    [Theory]
    [InlineData("""{"acceptance":"unspecified"}""", "invalid_policy", "$.dispatch.acceptance")]
    [InlineData("""{"acceptance":"maybe"}""", "malformed_request", "$.dispatch.acceptance")]
    [InlineData("""{"acceptance":2}""", "malformed_request", "$.dispatch.acceptance")]
    [InlineData("""{"workerChoice":"tallest"}""", "malformed_request", "$.dispatch.workerChoice")]
    [InlineData("""{"batchOrder":"random"}""", "malformed_request", "$.dispatch.batchOrder")]
    [InlineData("""{"offerTimeoutSeconds":4}""", "invalid_policy", "$.dispatch.offerTimeoutSeconds")]
    [InlineData("""{"offerTimeoutSeconds":-60}""", "invalid_policy", "$.dispatch.offerTimeoutSeconds")]
    [InlineData("""{"offerTimeoutSeconds":99999999999}""", "malformed_request", "$.dispatch.offerTimeoutSeconds")]
    [InlineData("""{"offerTimeoutSeconds":"60"}""", "malformed_request", "$.dispatch.offerTimeoutSeconds")]
    [InlineData("""{"offerTimeoutSeconds":60.5}""", "malformed_request", "$.dispatch.offerTimeoutSeconds")]
    [InlineData("""{"simultaneousOffers":2}""", "invalid_policy", "$.dispatch.simultaneousOffers")]
    [InlineData("""{"acceptance":"explicit","simultaneousOffers":11}""", "invalid_policy", "$.dispatch.simultaneousOffers")]
    [InlineData("""{"acceptance":"explicit","prefetch":1}""", "invalid_policy", "$.dispatch.prefetch")]
    [InlineData("""{"prefetch":2}""", "invalid_policy", "$.dispatch.prefetch")]
    [InlineData("""{"leaseMaxSeconds":599}""", "invalid_policy", "$.dispatch.leaseMaxSeconds")]
    [InlineData("""{"cooldownSeconds":-1}""", "invalid_policy", "$.dispatch.cooldownSeconds")]
    [InlineData("""{"reofferSeconds":2147483647}""", "invalid_policy", "$.dispatch.reofferSeconds")]
    [InlineData("""{"capacityCost":0}""", "invalid_policy", "$.dispatch.capacityCost")]
    [InlineData("""{"ageingPerHour":-0.5}""", "invalid_policy", "$.dispatch.ageingPerHour")]
    [InlineData("""{"ageingPerHour":1e400}""", "invalid_policy", "$.dispatch.ageingPerHour")]
    [InlineData("""{"ageingPerHour":"NaN"}""", "malformed_request", "$.dispatch.ageingPerHour")]
    [InlineData("""{"patience":3}""", "malformed_request", "$.dispatch.patience")]
    [InlineData("null", "malformed_request", "$.dispatch")]
    public async Task Policy_Unfit_IsRefusedAtItsPlaceAndNothingIsCreated(string dispatch, string code, string place)
    {
        using var admin = host.Admin();
        var before = await ProjectsAsync(admin);

        await (await admin.SendTextAsync(HttpMethod.Post, "api/v1/projects", Project(dispatch))).ShouldBeRefusedAsync(400, code, place);

        (await ProjectsAsync(admin)).ShouldBe(before);
    }

    [Theory]
    [InlineData("""[{"label":"level","operator":"greater","value":"3"}]""", "invalid_policy", "$.requires[0].value")]
    [InlineData("""[{"label":"level","operator":"less","value":true}]""", "invalid_policy", "$.requires[0].value")]
    [InlineData("""[{"label":"level","operator":"equal","value":[3]}]""", "invalid_policy", "$.requires[0].value")]
    [InlineData("""[{"label":"level","operator":"equal","value":{}}]""", "invalid_policy", "$.requires[0].value")]
    [InlineData("""[{"label":"level","operator":"equal","value":null}]""", "malformed_request", "$.requires[0].value")]
    [InlineData("""[{"label":"level","operator":"equal"}]""", "malformed_request", null)]
    [InlineData("""[{"label":"level","operator":"like","value":1}]""", "malformed_request", "$.requires[0].operator")]
    [InlineData("""[{"label":"level","operator":"unspecified","value":1}]""", "invalid_policy", "$.requires[0].operator")]
    [InlineData("""[{"label":"level","operator":5,"value":1}]""", "malformed_request", "$.requires[0].operator")]
    [InlineData("""[{"label":"","operator":"equal","value":1}]""", "invalid_policy", "$.requires[0].label")]
    [InlineData("""[{"label":"nul \u0000","operator":"equal","value":1}]""", "value_out_of_range", "$.requires[0].label")]
    [InlineData("""[{"label":"level","operator":"equal","value":"half \ud800"}]""", "value_out_of_range", "$.requires[0].value")]
    [InlineData("""[{"label":"level","operator":"equal","value":1},{"label":"level","operator":"equal","value":1,"expiresAfterSeconds":-5}]""", "invalid_policy", "$.requires[1].expiresAfterSeconds")]
    [InlineData("""[{"label":"level","operator":"equal","value":1,"expiresAfterSeconds":31536001}]""", "invalid_policy", "$.requires[0].expiresAfterSeconds")]
    [InlineData("""[null]""", "invalid_policy", "$.requires[0]")]
    [InlineData("""{}""", "malformed_request", "$.requires")]
    public async Task Selectors_Unfit_AreRefusedOnCreationAndOnChange(string requires, string code, string? place) => await ShouldBeRefusedAsync("requires", requires, code, place);

    [Theory]
    [InlineData("""[{"name":"r","action":"relax"}]""", "invalid_policy", "$.rules[0].waitSeconds")]
    [InlineData("""[{"name":"r","action":"relax","waitSeconds":1,"queueLength":1}]""", "invalid_policy", "$.rules[0].waitSeconds")]
    [InlineData("""[{"name":"r","action":"relax","waitSeconds":-1}]""", "invalid_policy", "$.rules[0].waitSeconds")]
    [InlineData("""[{"name":"r","action":"explode","waitSeconds":1}]""", "malformed_request", "$.rules[0].action")]
    [InlineData("""[{"name":"r","action":"raise_priority","waitSeconds":1}]""", "invalid_policy", "$.rules[0].by")]
    [InlineData("""[{"name":"r","action":"raise_priority","waitSeconds":1,"by":1000001}]""", "invalid_policy", "$.rules[0].by")]
    [InlineData("""[{"name":"r","action":"move","waitSeconds":1}]""", "invalid_policy", "$.rules[0].toBatchId")]
    [InlineData("""[{"name":"r","action":"move","waitSeconds":1,"toBatchId":"00000000-0000-0000-0000-000000000001"}]""", "invalid_policy", "$.rules[0].toBatchId")]
    [InlineData("""[{"name":"r","action":"relax","waitSeconds":1},{"name":"r","action":"relax","waitSeconds":1}]""", "invalid_policy", "$.rules")]
    [InlineData("""[{"name":"nul \u0000","action":"relax","waitSeconds":1}]""", "value_out_of_range", "$.rules[0].name")]
    [InlineData("""[null]""", "invalid_policy", "$.rules[0]")]
    public async Task Rules_Unfit_AreRefusedOnCreationAndOnChange(string rules, string code, string place) => await ShouldBeRefusedAsync("rules", rules, code, place);

    private async Task ShouldBeRefusedAsync(string member, string json, string code, string? place)
    {
        using var admin = host.Admin();
        var project = await host.ProjectAsync();
        var batch = await host.BatchAsync(project);
        var before = await (await admin.GetAsync($"api/v1/batches/{batch}")).Content.ReadAsStringAsync();

        await (await admin.SendTextAsync(HttpMethod.Post, $"api/v1/projects/{project}/batches", Batch($"\"{member}\":{json}"))).ShouldBeRefusedAsync(400, code, place);
        await (await admin.SendTextAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", $$"""{"priority":7,"{{member}}":{{json}}}""")).ShouldBeRefusedAsync(400, code, place);

        (await (await admin.GetAsync($"api/v1/projects/{project}/batches")).ReadAsync<PageDto<BatchDto>>()).Items.ShouldHaveSingleItem();
        (await (await admin.GetAsync($"api/v1/batches/{batch}")).Content.ReadAsStringAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Selectors_ExactlyTooMany_AreRefusedWhereTheyBeginToBe()
    {
        using var admin = host.Admin();
        var project = await host.ProjectAsync();
        Selector[] requires = [.. Enumerable.Range(0, 51).Select(i => new Selector { Label = $"l{i}", Operator = SelectorOperator.Equal, Value = new JsonText("1") })];

        await (await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/projects/{project}/batches", new CreateBatchRequest { Name = "b", Requires = requires })).ShouldBeRefusedAsync(400, "invalid_policy", "$.requires[50]");
        (await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/projects/{project}/batches", new CreateBatchRequest { Name = "b", Requires = requires[..50] })).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task MoveRule_ToABatchOfAnotherProject_IsRefused()
    {
        using var admin = host.Admin();
        var foreign = await host.BatchAsync();
        var batch = await host.BatchAsync();
        ExceptionRule rule = new() { Name = "r", Action = RuleAction.Move, WaitSeconds = 1, ToBatchId = foreign };

        await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Rules = [rule] })).ShouldBeRefusedAsync(400, "invalid_policy", "$.rules[0].toBatchId");
    }

    [Theory]
    [InlineData(Limits.PriorityMax + 1)]
    [InlineData(-Limits.PriorityMax - 1)]
    public async Task BatchPriority_OutOfRange_IsRefused(int priority)
    {
        using var admin = host.Admin();
        var project = await host.ProjectAsync();
        var batch = await host.BatchAsync(project);

        await (await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/projects/{project}/batches", new CreateBatchRequest { Name = "b", Priority = priority })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.priority");
        await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = priority })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.priority");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(Limits.CapacityMax + 1)]
    public async Task Capacity_OutOfRange_IsRefused(int capacity)
    {
        using var admin = host.Admin();
        var worker = (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}", Capacity = 3 })).ReadAsync<CreatedDto>()).Id;

        await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}", Capacity = capacity })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.capacity");
        await (await admin.SendJsonAsync(HttpMethod.Patch, $"api/v1/workers/{worker}", new UpdateWorkerRequest { Capacity = capacity })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.capacity");
        (await (await admin.GetAsync($"api/v1/workers/{worker}")).ReadAsync<WorkerDto>()).Capacity.ShouldBe(3);
    }
}
