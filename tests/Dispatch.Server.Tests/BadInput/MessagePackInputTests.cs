using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Over MessagePack a JSON value is a string, and nothing but the server looks whether it is one: B-1, B-5, B-10 by that door.</summary>
[Collection(nameof(HubServer))]
public sealed class MessagePackInputTests(HubServer server)
{
    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1}\u001e{\"type\":7}")]
    [InlineData("\"\\u0000\"")]
    [InlineData("\"\\ud800\"")]
    public async Task DraftThatIsNoJson_IsNotKept(string draft)
    {
        await using var bench = await server.BenchAsync();
        await using var hub = await ConnectAsync(bench);
        var command = new SaveDraftCommand { AssignmentId = bench.AssignmentId, LeaseEpoch = bench.Epoch, Draft = new JsonText(draft), Version = 1 };
        (await hub.InvokeAsync<CommandResult>("SaveDraft", command)).Refusal!.Code.ShouldBe(RefusalCode.ValueOutOfRange);
        await bench.ShouldBeUntouchedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"choice\":\"1\"} trailing")]
    public async Task AnswerThatIsNoJson_IsRefused(string answer)
    {
        await using var bench = await server.BenchAsync();
        await using var hub = await ConnectAsync(bench);
        var command = new SubmitCommand { OperationId = Guid.NewGuid(), AssignmentId = bench.AssignmentId, LeaseEpoch = bench.Epoch, Answer = new JsonText(answer) };
        (await hub.InvokeAsync<SubmitResult>("Submit", command)).Refusal!.Code.ShouldBe(RefusalCode.FormMismatch);
        await bench.ShouldBeUntouchedAsync();
    }

    [Fact]
    public async Task NothingWhereTheValueShouldBe_IsRefused()
    {
        await using var bench = await server.BenchAsync();
        await using var hub = await ConnectAsync(bench);
        foreach (var nothing in (JsonText[])[null!, new JsonText(null!)])
        {
            var submit = new SubmitCommand { OperationId = Guid.NewGuid(), AssignmentId = bench.AssignmentId, LeaseEpoch = bench.Epoch, Answer = nothing };
            (await hub.InvokeAsync<SubmitResult>("Submit", submit)).Refusal!.Code.ShouldBe(RefusalCode.MalformedRequest);
            var draft = new SaveDraftCommand { AssignmentId = bench.AssignmentId, LeaseEpoch = bench.Epoch, Draft = nothing, Version = 1 };
            (await hub.InvokeAsync<CommandResult>("SaveDraft", draft)).Refusal!.Code.ShouldBe(RefusalCode.MalformedRequest);
        }

        await bench.ShouldBeUntouchedAsync();
    }

    [Fact]
    public async Task ReasonWithNul_IsRefused()
    {
        await using var bench = await server.BenchAsync();
        await using var hub = await ConnectAsync(bench);
        var command = new ReturnCommand { OperationId = Guid.NewGuid(), AssignmentId = bench.AssignmentId, LeaseEpoch = bench.Epoch, Reason = "a\0b" };
        (await hub.InvokeAsync<CommandResult>("Return", command)).Refusal!.Code.ShouldBe(RefusalCode.ValueOutOfRange);
        await bench.ShouldBeUntouchedAsync();
    }

    [Fact]
    public async Task WrongArityAndTypes_FailTheCall()
    {
        await using var bench = await server.BenchAsync();
        await using var hub = await ConnectAsync(bench);
        foreach (var arguments in (object?[][])[[], [1, 2], ["text"], [new[] { 1, 2, 3 }]])
        {
            var failure = await Should.ThrowAsync<HubException>(() => hub.InvokeCoreAsync("Submit", typeof(object), arguments));
            failure.Message.ShouldNotContain("   at ");
        }

        await bench.ShouldBeUntouchedAsync();
    }

    private async Task<HubConnection> ConnectAsync(Bench bench)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(server.Address, "hubs/worker"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(bench.Worker.Token));
        var hub = builder.AddMessagePackProtocol().Build();
        await hub.StartAsync();
        await hub.InvokeAsync<WorkerSnapshot>("Connect", null);
        return hub;
    }
}
