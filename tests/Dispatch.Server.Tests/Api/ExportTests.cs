using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Storage;
using static Dispatch.Server.Tests.Api.Calls;

namespace Dispatch.Server.Tests.Api;

/// <summary>What comes out, and bad input B-13 on its way to a spreadsheet.</summary>
public sealed class ExportTests(ApiHost host) : IClassFixture<ApiHost>
{
    private const string Evil = "=cmd|' /C calc'!A0";

    /// <summary>One answer a task, in the order of the answers, by one worker.</summary>
    private async Task<(Guid Batch, Guid Worker)> AnsweredAsync(Guid project, string lines, params string[] answers)
    {
        using var admin = host.Admin();
        var batch = await host.BatchAsync(project);
        (await (await admin.ImportAsync(batch, lines)).ReadAsync<ImportDto>()).Refused.ShouldBe(0);
        await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/batches/{batch}/open", null);
        var worker = (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/workers", new CreateWorkerRequest { Name = $"w {Guid.NewGuid()}", ProjectIds = [project] })).ReadAsync<CreatedDto>()).Id;
        var owned = (await host.Store.TakeOwnershipAsync(batch, CancellationToken.None))!;
        var tasks = await host.Store.PageOpenTasksAsync(batch, null, answers.Length, CancellationToken.None);
        foreach (var (task, answer) in tasks.Zip(answers))
        {
            var assignment = Guid.NewGuid();
            var taken = await host.Store.CommitAsync(
                [new TakeOperation { BatchId = batch, OwnerEpoch = owned.OwnerEpoch, AssignmentId = assignment, WorkerId = worker, CapacitySlot = 0, TaskId = task.TaskId, Slot = 0, LeaseEpoch = 1, Lease = TimeSpan.FromMinutes(5), Presentation = [1, 0] }],
                CancellationToken.None);
            taken.Single().Status.ShouldBe(CommitStatus.Committed);
            var submitted = await host.Store.CommitAsync(
                [new SubmitOperation { BatchId = batch, OwnerEpoch = owned.OwnerEpoch, AssignmentId = assignment, WorkerId = worker, LeaseEpoch = 1, Answer = answer, Operation = new Operation { ActorId = worker, OperationId = Guid.NewGuid(), PayloadHash = new byte[32], Kind = "assignment.submit" } }],
                CancellationToken.None);
            submitted.Single().Status.ShouldBe(CommitStatus.Committed);
        }

        return (batch, worker);
    }

    private async Task<string> ExportAsync(Guid batch, string format)
    {
        using var producer = host.As(Guid.NewGuid(), Roles.Producer);
        var response = await producer.GetAsync($"api/v1/batches/{batch}/export?format={format}");
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return text;
    }

    [Fact]
    public async Task JsonLines_HoldEveryJudgmentOnceInCanonicalKeys()
    {
        var project = await host.ProjectAsync();
        var (batch, worker) = await AnsweredAsync(project, $"{Line("a/1", "\"b\"")}\n{Line("a/2")}", """{"choice":"b","reason":"why \"so\""}""", """{"choice":"tie"}""");
        var rows = (await ExportAsync(batch, "jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();

        rows.Select(row => row.GetProperty("task_key").GetString()).ShouldBe(["a/1", "a/2"]);
        rows[0].GetProperty("answer").GetRawText().ShouldBe("""{"choice":"b","reason":"why \"so\""}""");
        rows[0].GetProperty("known_answer").GetRawText().ShouldBe("""{"choice":"b"}""");
        rows[1].GetProperty("known_answer").ValueKind.ShouldBe(JsonValueKind.Null);
        rows[0].GetProperty("order_shown").GetRawText().ShouldBe("[1,0]");
        rows.ShouldAllBe(row => row.GetProperty("worker_id").GetGuid() == worker && row.GetProperty("project_id").GetGuid() == project && row.GetProperty("project_version").GetInt32() == 1 && row.GetProperty("counted").GetBoolean());
        rows.Select(row => row.GetProperty("operation_id").GetGuid()).Distinct().Count().ShouldBe(2);
        rows[0].GetProperty("submitted_at").GetDateTimeOffset().ShouldBeGreaterThanOrEqualTo(rows[0].GetProperty("offered_at").GetDateTimeOffset());
    }

    [Fact]
    public async Task Csv_ReadsBackAndRunsNothing()
    {
        var (batch, _) = await AnsweredAsync(await host.ProjectAsync(), $"{Line(Evil)}\n{Line("+1")}", JsonSerializer.Serialize(new { choice = "a", reason = Evil + ",\"x\"\nsecond line" }), """{"choice":"b","reason":"@SUM(A1)"}""");
        var text = await ExportAsync(batch, "csv");

        using var csv = new CsvReader(new StringReader(text), CultureInfo.InvariantCulture);
        csv.Read().ShouldBeTrue();
        csv.ReadHeader().ShouldBeTrue();
        csv.HeaderRecord.ShouldBe(["task_key", "assignment_id", "worker_id", "choice", "strength", "reason", "fixed_answer", "counted", "late", "is_gold", "known_answer", "order_shown", "offered_at", "shown_at", "submitted_at", "handling_ms", "operation_id", "project_id", "project_version"]);
        List<string[]> rows = [];
        while (csv.Read()) rows.Add([.. Enumerable.Range(0, csv.HeaderRecord!.Length).Select(i => csv.GetField(i)!)]);
        rows.Count.ShouldBe(2);

        // A plain number is no formula, and an id that is one must be found by a join.
        rows.SelectMany(row => row).Where(cell => cell != "+1").ShouldAllBe(cell => cell.Length == 0 || !"=+-@\t\r".Contains(cell[0]));
        rows[0][0].ShouldBe("'" + Evil);
        rows[1][0].ShouldBe("+1");
        rows[0][5].ShouldEndWith("second line");
    }

    [Fact]
    public async Task Training_HoldsPairsWithoutTies()
    {
        var (batch, _) = await AnsweredAsync(await host.ProjectAsync(), $"{Line(1)}\n{Line(2)}", """{"choice":"b"}""", """{"choice":"tie"}""");
        (await ExportAsync(batch, "trl-preference")).ShouldBe("""{"prompt":"p","chosen":"second","rejected":"first"}""" + "\n");
        (await ExportAsync(batch, "trl-unpaired")).ShouldBe("""{"prompt":"p","completion":"second","label":true}""" + "\n" + """{"prompt":"p","completion":"first","label":false}""" + "\n");
    }

    [Theory]
    [InlineData("auto", "Array")]
    [InlineData("conversational", "Array")]
    [InlineData("plain", "String")]
    public async Task Training_OfPromptsOfBothKinds_HasOneShape(string shape, string kind)
    {
        var talk = """{"id":"talk","prompt":[{"role":"user","content":"q"},{"role":"assistant","content":"r"},{"role":"user","content":"s"}],"x":"first","y":"second"}""";
        var (batch, _) = await AnsweredAsync(await host.ProjectAsync(), $"{Line(1)}\n{talk}", """{"choice":"b"}""", """{"choice":"a"}""");
        var lines = (await ExportAsync(batch, $"trl-preference&shape={shape}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Count.ShouldBe(2);
        lines.SelectMany(line => line.EnumerateObject().Select(member => member.Value.ValueKind.ToString())).Distinct().ShouldBe([kind]);
    }

    [Fact]
    public async Task Shape_ThatThereIsNot_IsRefused()
    {
        var (batch, _) = await AnsweredAsync(await host.ProjectAsync(), Line(1), """{"choice":"b"}""");
        using var admin = host.Admin();
        await (await admin.GetAsync($"api/v1/batches/{batch}/export?format=trl-preference&shape=round")).ShouldBeRefusedAsync(400, "value_out_of_range", "shape");
    }

    [Fact]
    public async Task Rating_HasItsOwnColumnsAndNoTrainingFormat()
    {
        var project = await host.ProjectAsync("rating", """{"dimensions":[{"name":"quality","min":1,"max":5},{"name":"counted","min":1,"max":5}]}""", """{"id":"id","response":"x"}""");
        var (batch, _) = await AnsweredAsync(project, Line(1), """{"ratings":{"quality":4,"counted":2}}""");
        (await ExportAsync(batch, "csv")).Split('\n')[0].ShouldStartWith("task_key,assignment_id,worker_id,quality,answer_counted,reason,fixed_answer,counted,");
        using var producer = host.As(Guid.NewGuid(), Roles.Producer);
        var problem = await (await producer.GetAsync($"api/v1/batches/{batch}/export?format=trl-preference")).ShouldBeRefusedAsync(400, "value_out_of_range", "format");
        problem.GetProperty("remedy").GetString().ShouldBe("Use one of: jsonl, csv, aggregated.");
    }

    [Fact]
    public async Task Aggregated_IsOneLineATask_WithConfidence_AndHeadersNameTheVersion()
    {
        var project = await host.ProjectAsync();
        var (batch, worker) = await AnsweredAsync(project, $"{Line("a/1", "\"b\"")}\n{Line("a/2")}", """{"choice":"b","reason":"r"}""", """{"choice":"a"}""");
        using var producer = host.As(Guid.NewGuid(), Roles.Producer);
        using var response = await producer.GetAsync($"api/v1/batches/{batch}/export?format=aggregated");
        response.Headers.GetValues("Dispatch-Project-Id").ShouldBe([project.ToString()]);
        response.Headers.GetValues("Dispatch-Project-Version").ShouldBe(["1"]);
        (await response.Content.ReadAsStringAsync()).ShouldBe(
            $$$"""{"task_key":"a/1","answer":{"choice":"b"},"confidence":1.0,"method":"majority","answers":1,"tied":false,"votes":{"b":1},"is_gold":false,"known_answer":{"choice":"b"},"project_id":"{{{project}}}","project_version":1}""" + "\n" +
            $$$"""{"task_key":"a/2","answer":{"choice":"a"},"confidence":1.0,"method":"majority","answers":1,"tied":false,"votes":{"a":1},"is_gold":false,"known_answer":null,"project_id":"{{{project}}}","project_version":1}""" + "\n");
    }

    [Fact]
    public async Task Stepwise_LabelsEachStep_AndOnlyFormsWithStepsHaveIt()
    {
        var project = await host.ProjectAsync("spans", """{"types":["wrong"]}""", """{"id":"id","prompt":"p","steps":"steps"}""");
        var (batch, _) = await AnsweredAsync(project, """{"id":1,"p":"How much?","steps":["One.","Two.","Three."]}""", """{"spans":[{"start":6,"end":9,"type":"wrong"}]}""");
        (await ExportAsync(batch, "trl-stepwise")).ShouldBe("""{"prompt":"How much?","completions":["One.","Two.","Three."],"labels":[true,false,true]}""" + "\n");
        using var producer = host.As(Guid.NewGuid(), Roles.Producer);
        var problem = await (await producer.GetAsync($"api/v1/batches/{batch}/export?format=trl-preference")).ShouldBeRefusedAsync(400, "value_out_of_range", "format");
        problem.GetProperty("remedy").GetString().ShouldBe("Use one of: jsonl, csv, aggregated, trl-stepwise.");
    }

    [Fact]
    public async Task Ranking_ExportsTheOrderThatWasShown_AndItsPairs()
    {
        var project = await host.ProjectAsync("ranking", "{}", """{"id":"id","prompt":"p","responses":"replies"}""");
        var (batch, _) = await AnsweredAsync(project, """{"id":1,"p":"q","replies":["=A1","B"]}""", """{"ranking":["b","a"]}""");
        (await ExportAsync(batch, "jsonl")).ShouldContain("\"order_shown\":[1,0]");
        (await ExportAsync(batch, "trl-preference")).ShouldBe("""{"prompt":"q","chosen":"B","rejected":"=A1"}""" + "\n");
        (await ExportAsync(batch, "csv")).ShouldContain(",b > a,");
    }

    [Fact]
    public async Task EmptyBatch_ExportsNothing()
    {
        var batch = await host.BatchAsync();
        (await ExportAsync(batch, "jsonl")).ShouldBeEmpty();
        (await ExportAsync(batch, "csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(1);
        using var producer = host.As(Guid.NewGuid(), Roles.Producer);
        await (await producer.GetAsync($"api/v1/batches/{batch}/export?format=xlsx")).ShouldBeRefusedAsync(400, "value_out_of_range", "format");
    }

    [Fact]
    public async Task Assignment_IsReadByItsSupervisor()
    {
        var (batch, worker) = await AnsweredAsync(await host.ProjectAsync(), Line("a/1"), """{"choice":"a"}""");
        using var document = JsonDocument.Parse((await ExportAsync(batch, "jsonl")).Split('\n')[0]);
        using var supervisor = host.As(Guid.NewGuid(), Roles.Supervisor);
        var assignment = await (await supervisor.GetAsync($"api/v1/assignments/{document.RootElement.GetProperty("assignment_id").GetGuid()}")).ReadAsync<AssignmentDto>();
        (assignment.TaskKey, assignment.WorkerId, assignment.BatchId, assignment.State).ShouldBe(("a/1", worker, batch, AssignmentState.Submitted));
        assignment.EndedAt.ShouldNotBeNull();
    }
}
