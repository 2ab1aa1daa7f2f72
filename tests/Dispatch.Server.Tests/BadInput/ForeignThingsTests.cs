using System.Text.Json;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-14, B-15 and B-16: what belongs to somebody else, and operation ids used twice.</summary>
[Collection(nameof(HubServer))]
public sealed class ForeignThingsTests(HubServer server)
{
    private const string First = """{"choice":"1"}""";

    [Fact]
    public async Task ForeignAssignment_LooksLikeNoneAndStaysAsItIs()
    {
        await using var owner = await server.BenchAsync();
        await using var thief = await server.BenchAsync();
        var nobodys = Guid.NewGuid();
        foreach (var make in (Func<Guid, (string, string)>[])
        [
            id => ("Submit", thief.Submit(First, assignment: id)),
            id => ("Return", thief.Return(assignment: id)),
            id => ("SaveDraft", thief.Draft("{}", assignment: id)),
        ])
        {
            var (foreign, unknown) = (make(owner.AssignmentId), make(nobodys));
            var refusal = (await thief.Socket.ResultAsync(foreign.Item1, foreign.Item2)).GetRawText();
            refusal.ShouldContain("unknown_assignment");

            // The same words to the letter: nobody learns which ids there are.
            (await thief.Socket.ResultAsync(unknown.Item1, unknown.Item2)).GetRawText().ShouldBe(refusal);
        }

        await thief.Socket.ResultAsync("Shown", $"\"{owner.AssignmentId}\"");
        await owner.ShouldBeUntouchedAsync();
        await thief.ShouldBeUntouchedAsync();
        (await server.Api.GetAssignmentAsync(owner.AssignmentId)).ShownAt.ShouldBeNull();
    }

    [Fact]
    public async Task ForeignProject_IsNotTold()
    {
        await using var thief = await server.BenchAsync();
        var (other, _) = await server.SeedAsync();
        (await thief.Socket.ResultAsync("GetProject", $"\"{other}\"")).ValueKind.ShouldBe(JsonValueKind.Null);
        (await thief.Socket.ResultAsync("GetProject", $"\"{thief.Project}\"")).GetProperty("projectId").GetGuid().ShouldBe(thief.Project);
    }

    [Fact]
    public async Task AnothersOperationId_GivesNeitherTheirReplyNorTheirEffect()
    {
        await using var ann = await server.BenchAsync();
        await using var bob = await server.BenchAsync();
        var operation = Guid.NewGuid();
        (await ann.Socket.CodeAsync("Submit", ann.Submit(First, operation))).ShouldBeNull();

        // Ann's very command, repeated by Bob: not a replay, for it never was his.
        (await bob.Socket.CodeAsync("Submit", ann.Submit(First, operation))).ShouldBe("unknown_assignment");

        // Ids are each worker's own: Bob may well have drawn the same one.
        var own = await bob.Socket.ResultAsync("Submit", bob.Submit("""{"choice":"2"}""", operation));
        (own.GetProperty("refusal").ValueKind, own.GetProperty("replayed").GetBoolean()).ShouldBe((JsonValueKind.Null, false));
        (await server.ExportAsync(ann.Batch)).ShouldHaveSingleItem().GetProperty("worker_id").GetGuid().ShouldBe(ann.Worker.WorkerId);
        (await server.ExportAsync(bob.Batch)).ShouldHaveSingleItem().GetProperty("worker_id").GetGuid().ShouldBe(bob.Worker.WorkerId);
    }

    [Fact]
    public async Task SameOperationId_OtherCommand_IsAConflictAndChangesNothing()
    {
        await using var bench = await server.BenchAsync();
        var (activity, returned) = (Guid.NewGuid(), Guid.NewGuid());
        (await bench.Socket.CodeAsync("SetActivity", Activity(activity, "break"))).ShouldBeNull();
        (await bench.Socket.CodeAsync("SetActivity", Activity(activity, "offline"))).ShouldBe("operation_conflict");
        (await bench.Socket.ResultAsync("Connect", "null")).GetProperty("activity").GetString().ShouldBe("break");
        (await bench.Socket.ResultAsync("SetActivity", Activity(activity, "break"))).GetProperty("replayed").GetBoolean().ShouldBeTrue();

        // Across kinds too: an id that was spent on one command opens no other.
        (await bench.Socket.CodeAsync("Submit", bench.Submit(First, activity))).ShouldBe("operation_conflict");
        (await bench.Socket.CodeAsync("Return", bench.Return(operation: activity))).ShouldBe("operation_conflict");
        await bench.ShouldBeUntouchedAsync();

        (await bench.Socket.CodeAsync("Return", bench.Return("\"once\"", returned))).ShouldBeNull();
        (await bench.Socket.CodeAsync("Return", bench.Return("\"twice\"", returned))).ShouldBe("operation_conflict");
        (await bench.Socket.ResultAsync("Return", bench.Return("\"once\"", returned))).GetProperty("replayed").GetBoolean().ShouldBeTrue();
        (await server.ExportAsync(bench.Batch)).ShouldBeEmpty();
        await server.ShouldStillServeAsync();
    }

    private static string Activity(Guid operation, string activity) => $$"""{"operationId":"{{operation}}","activity":"{{activity}}"}""";
}
