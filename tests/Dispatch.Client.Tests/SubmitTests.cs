using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Client.Tests;

/// <summary>A submit whose outcome is not known is the same submit until it is.</summary>
public sealed class SubmitTests
{
    private static readonly JsonText Answer = new("""{"choice":"1"}""");

    [Theory]
    [InlineData(RefusalCode.OutcomeUnknown, WireProtocol.Json)]
    [InlineData(RefusalCode.Busy, WireProtocol.Json)]
    [InlineData(RefusalCode.OutcomeUnknown, WireProtocol.MessagePack)]
    public async Task UnknownOutcome_IsRepeatedUnderTheSameOperationId(RefusalCode code, WireProtocol protocol)
    {
        await using var server = await ScriptedServer.StartAsync();
        var tries = 0;
        server.OnSubmit = (_, _) => ++tries < 4 ? new SubmitResult { Refusal = Refused(code) } : new SubmitResult { HandlingMs = 7 };
        await using var connection = new WorkerConnection(server.Options(protocol));
        await connection.StartAsync();
        var task = ScriptedServer.Task();

        (await connection.SubmitAsync(task, Answer)).HandlingMs.ShouldBe(7);

        var commands = server.Calls.Where(call => call.Method == "Submit").Select(call => (SubmitCommand)call.Argument!).ToArray();
        commands.Length.ShouldBe(4);
        commands.Distinct().ShouldHaveSingleItem().OperationId.ShouldNotBe(Guid.Empty);
    }

    [Fact]
    public async Task ConnectionLostBeforeTheAnswer_IsRepeatedUnderTheSameOperationId()
    {
        await using var server = await ScriptedServer.StartAsync();
        var tries = 0;
        server.OnSubmit = (_, context) =>
        {
            if (++tries == 1) context.Abort();
            return new SubmitResult { Replayed = tries > 1 };
        };
        await using var connection = new WorkerConnection(server.Options());
        await connection.StartAsync();

        (await connection.SubmitAsync(ScriptedServer.Task(), Answer)).Replayed.ShouldBeTrue();

        server.Calls.Where(call => call.Method == "Submit").Select(call => (SubmitCommand)call.Argument!).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(RefusalCode.FormMismatch)]
    [InlineData(RefusalCode.StaleLease)]
    [InlineData(RefusalCode.OperationConflict)]
    [InlineData(RefusalCode.WorkerDeactivated)]
    public async Task DefiniteRefusal_IsGivenBackAtOnce(RefusalCode code)
    {
        await using var server = await ScriptedServer.StartAsync();
        server.OnSubmit = (_, _) => new SubmitResult { Refusal = Refused(code) };
        await using var connection = new WorkerConnection(server.Options());
        await connection.StartAsync();

        (await connection.SubmitAsync(ScriptedServer.Task(), Answer)).Refusal!.Code.ShouldBe(code);

        server.Calls.Count(call => call.Method == "Submit").ShouldBe(1);
    }

    /// <summary>A result that later pushes have overtaken asks for a snapshot; when the server has no room for that question the answer is stored all the same.</summary>
    [Fact]
    public async Task StoredAnswer_SnapshotRefusedForTheMoment_IsNoFailureOfTheSubmit()
    {
        await using var server = await ScriptedServer.StartAsync();
        server.OnConnect = () => ScriptedServer.Snapshot(5);
        server.OnSubmit = (_, _) => new SubmitResult { HandlingMs = 7, Position = ScriptedServer.At(3) };
        await using var connection = new WorkerConnection(server.Options());
        await connection.StartAsync();
        var tries = 0;
        server.OnConnect = () => ++tries < 3 ? throw new HubException("busy: Not now.") : ScriptedServer.Snapshot(6);

        (await connection.SubmitAsync(ScriptedServer.Task(), Answer)).HandlingMs.ShouldBe(7);

        tries.ShouldBe(3, "what is held is known again when the submit returns");
    }

    private static Refusal Refused(RefusalCode code) => new() { Code = code, Message = "No.", Remedy = "Well.", RetryAfterMs = 1 };
}
