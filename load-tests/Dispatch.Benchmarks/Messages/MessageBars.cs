using Dispatch.Bars;
using Dispatch.Benchmarks.Measuring;

namespace Dispatch.Benchmarks.Messages;

/// <summary>Budgets of the two messages of a cycle: bytes on the wire and on the heap are the same everywhere, so they are budgets; processor time is a ratio.</summary>
internal static class MessageBars
{
    private const int Acts = 20_000;
    private const int Rounds = 9;

    public static IEnumerable<Bar> Measure()
    {
        var exchange = new Exchange();
        var (pack, json) = (exchange.MessagePack, exchange.Json);
        var (packFrame, jsonFrame) = (exchange.Frame(pack), exchange.Frame(json));
        void Pack() => Cycle(exchange, pack, packFrame);
        void Json() => Cycle(exchange, json, jsonFrame);
        _ = (Measured.Cpu(Acts, Pack), Measured.Cpu(Acts, Json));
        List<(double Pack, double Json)> rounds = [];
        for (var round = 0; round < Rounds; round++) rounds.Add((Measured.Cpu(Acts, Pack), Measured.Cpu(Acts, Json)));

        var (packBytes, jsonBytes) = (packFrame.Length + exchange.Write(pack), jsonFrame.Length + exchange.Write(json));
        yield return Bar.AtMost("messages of a cycle: MessagePack's bytes over JSON's", (double)packBytes / jsonBytes, 1, "x", Bar.Text($"{packBytes} against {jsonBytes}"));
        yield return Bar.AtMost(
            "messages of a cycle: MessagePack's CPU over JSON's", Measured.Median(rounds.Select(round => round.Pack / round.Json)), 0.8, "x",
            Bar.Text($"{Measured.Median(rounds.Select(round => round.Pack)):0.00} µs against {Measured.Median(rounds.Select(round => round.Json)):0.00} µs"));
        yield return Bar.AtMost("messages of a cycle: allocated, MessagePack", Measured.Bytes(Acts, Pack), 500, "bytes");
        yield return Bar.AtMost("messages of a cycle: allocated, JSON", Measured.Bytes(Acts, Json), 1_000, "bytes");
        yield return Bar.AtMost("messages of a cycle: allocated from grain to grain of a silo", Measured.Bytes(Acts, () => Same(exchange)), 0, "bytes");
        yield return Bar.AtMost("an answer from silo to silo", exchange.WriteToSilo(), 120, "bytes");
        yield return Bar.AtMost("an answer from silo to silo: allocated to write it", Measured.Bytes(Acts, () => exchange.WriteToSilo()), 0, "bytes");
    }

    private static void Cycle(Exchange exchange, Microsoft.AspNetCore.SignalR.Protocol.IHubProtocol protocol, ReadOnlyMemory<byte> frame)
    {
        Exchange.Read(protocol, frame);
        exchange.Write(protocol);
    }

    private static void Same(Exchange exchange)
    {
        if (!exchange.CopyWithinSilo()) throw new InvalidOperationException("An immutable message was copied.");
    }
}
