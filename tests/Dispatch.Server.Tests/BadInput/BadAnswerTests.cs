using System.Text.Json;

namespace Dispatch.Server.Tests.BadInput;

/// <summary>Bad input B-6, B-7 and B-9, as it reaches a form over the hub: nothing that is not on the scale counts, and no number becomes another one.</summary>
[Collection(nameof(HubServer))]
public sealed class BadAnswerTests(HubServer server)
{
    [Theory]
    [InlineData("0")]
    [InlineData("6")]
    [InlineData("-1")]
    [InlineData("-0")]
    [InlineData("3.5")]
    [InlineData("3.0")]
    [InlineData("3e0")]
    [InlineData("\"3\"")]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("4294967299")]
    [InlineData("9223372036854775811")]
    [InlineData("18446744073709551619")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[3]")]
    [InlineData("{\"$\":3}")]
    public async Task RatingThatIsNotOnTheScale_IsRefusedAtItsPlace(string rating)
    {
        await using var bench = await server.BenchAsync("rating", HubServer.Rating);
        var answer = "{\"ratings\":{\"quality\":" + rating + ",\"harm\":0}}";
        var refusal = (await bench.Socket.ResultAsync("Submit", bench.Submit(answer))).GetProperty("refusal");
        refusal.GetProperty("code").GetString().ShouldBe("form_mismatch");
        refusal.GetProperty("place").GetString()!.ShouldContain("quality");
        await bench.ShouldBeUntouchedAsync();
    }

    /// <summary>These are not JSON at all: the frame cannot be read, and the connection ends.</summary>
    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("03")]
    [InlineData("+3")]
    [InlineData("0x3")]
    public async Task RatingThatIsNoJson_ClosesTheConnection(string rating)
    {
        await using var bench = await server.BenchAsync("rating", HubServer.Rating);
        (await bench.Socket.CallAsync("Submit", bench.Submit("{\"ratings\":{\"quality\":" + rating + ",\"harm\":0}}"))).ShouldBeNull();
        await bench.ShouldBeUntouchedAfterCloseAsync();
    }

    [Fact]
    public async Task MinusZero_OnAScaleWithZero_IsStoredAsZero()
    {
        await using var bench = await server.BenchAsync("rating", HubServer.Rating);
        (await bench.Socket.CodeAsync("Submit", bench.Submit("""{"ratings":{"quality":3,"harm":-0}}"""))).ShouldBeNull();
        var row = (await server.ExportAsync(bench.Batch)).ShouldHaveSingleItem();
        row.GetProperty("answer").GetProperty("ratings").GetProperty("harm").GetRawText().ShouldBe("0");
    }

    [Theory]
    [InlineData("""{"choice":"3"}""")]
    [InlineData("""{"choice":"0"}""")]
    [InlineData("""{"choice":"-1"}""")]
    [InlineData("""{"choice":"a"}""")]
    [InlineData("""{"choice":"x"}""")]
    [InlineData("""{"choice":"1 "}""")]
    [InlineData("""{"choice":""}""")]
    [InlineData("""{"choice":1}""")]
    [InlineData("""{"choice":null}""")]
    [InlineData("""{"choice":["1"]}""")]
    [InlineData("""{"choice":"first"}""")]
    [InlineData("""{"choice":"1","choice":"2"}""")]
    [InlineData("""{"choice":"1","winner":"2"}""")]
    [InlineData("""{"Choice":"1"}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("\"1\"")]
    public async Task PreferenceForNoResponseOfTheTask_IsRefused(string answer)
    {
        await using var bench = await server.BenchAsync();
        (await bench.Socket.CodeAsync("Submit", bench.Submit(answer))).ShouldBe("form_mismatch");
        await bench.ShouldBeUntouchedAsync();
    }

    /// <summary>B-17: no epoch but the one that came with the assignment opens it.</summary>
    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("2147483647")]
    [InlineData("-2147483648")]
    public async Task EpochThatIsNotTheCurrentOne_IsStale(string epoch)
    {
        await using var bench = await server.BenchAsync();
        (await bench.Socket.CodeAsync("Submit", bench.Submit("""{"choice":"1"}""", epoch: epoch))).ShouldBe("stale_lease");
        await bench.ShouldBeUntouchedAsync();
    }

    [Theory]
    [InlineData("2147483648")]
    [InlineData("1.5")]
    [InlineData("null")]
    [InlineData("\"1\"")]
    public async Task EpochThatIsNoEpoch_FailsTheCall(string epoch)
    {
        await using var bench = await server.BenchAsync();
        (await bench.Socket.CallAsync("Submit", bench.Submit("""{"choice":"1"}""", epoch: epoch))).ShouldNotBeNull().TryGetProperty("error", out _).ShouldBeTrue();
        await bench.ShouldBeUntouchedAsync();
    }

    [Fact]
    public async Task EpochLeftOut_IsStale()
    {
        await using var bench = await server.BenchAsync();
        var command = $$$"""{"operationId":"{{{Guid.NewGuid()}}}","assignmentId":"{{{bench.AssignmentId}}}","answer":{"choice":"1"}}""";
        (await bench.Socket.CodeAsync("Submit", command)).ShouldBe("stale_lease");
        await bench.ShouldBeUntouchedAsync();
    }

    /// <summary>B-18: what a client says about time can shorten the server's own measure and do nothing else.</summary>
    [Theory]
    [InlineData("-1")]
    [InlineData("-9223372036854775808")]
    [InlineData("9223372036854775807")]
    [InlineData("604800000")]
    [InlineData("null")]
    public async Task ClientTime_NeverStretchesHandling(string activeMs)
    {
        await using var bench = await server.BenchAsync();
        var offered = bench.Task.GetProperty("offeredAt").GetDateTimeOffset();
        var result = await bench.Socket.ResultAsync("Submit", bench.Submit("""{"choice":"1"}""", more: $",\"activeMs\":{activeMs}"));
        result.GetProperty("refusal").ValueKind.ShouldBe(JsonValueKind.Null);
        var row = (await server.ExportAsync(bench.Batch)).ShouldHaveSingleItem();
        var submitted = row.GetProperty("submitted_at").GetDateTimeOffset();
        (submitted - offered).ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromMinutes(1));
        result.GetProperty("handlingMs").GetInt64().ShouldBeInRange(0, (long)(submitted - offered).TotalMilliseconds + 1);
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("1e400")]
    [InlineData("0.5")]
    [InlineData("\"5\"")]
    public async Task ClientTimeThatIsNoTime_FailsTheCall(string activeMs)
    {
        await using var bench = await server.BenchAsync();
        var completion = (await bench.Socket.CallAsync("Submit", bench.Submit("""{"choice":"1"}""", more: $",\"activeMs\":{activeMs}"))).ShouldNotBeNull();
        completion.TryGetProperty("error", out _).ShouldBeTrue();
        await bench.ShouldBeUntouchedAsync();
    }

    /// <summary>A time the client makes up is not read at all: there is no member for one.</summary>
    [Fact]
    public async Task TimesOfTheClient_AreNotRead()
    {
        await using var bench = await server.BenchAsync();
        (await bench.Socket.CodeAsync("Submit", bench.Submit("""{"choice":"1"}""", more: ""","submittedAt":"2999-01-01T00:00:00Z","shownAt":"1970-01-01T00:00:00Z" """))).ShouldBeNull();
        var row = (await server.ExportAsync(bench.Batch)).ShouldHaveSingleItem();
        row.GetProperty("submitted_at").GetDateTimeOffset().Year.ShouldBe(TimeProvider.System.GetUtcNow().Year);
    }
}
