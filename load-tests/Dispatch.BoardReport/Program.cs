using Dispatch.Bars;
using Dispatch.BoardReport.Output;
using Dispatch.BoardReport.Replay;
using Dispatch.BoardReport.Speed;

// Bars of the leaderboard and its gates: what they cost, and what the gates would have done to real judgments.
var (html, seeds, what) = ((string?)null, 50, "all");
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "speed" or "replay":
            what = args[i];
            break;
        case "--html" when i + 1 < args.Length:
            html = args[++i];
            break;
        case "--seeds" when i + 1 < args.Length && int.TryParse(args[i + 1], out var given) && given is >= 2 and <= 1_000:
            (seeds, i) = (given, i + 1);
            break;
        default:
            await Console.Error.WriteLineAsync("usage: [speed|replay] [--seeds 2..1000] [--html FILE]   both parts without a word");
            return 2;
    }
}

List<Bar> bars = [];
IReadOnlyList<Table> tables = [];
if (what != "replay") foreach (var bar in BoardSpeed.Measure()) Show(bar);
if (what != "speed")
{
    (var replayed, tables) = GateReplay.Run(Judgments.Find(), seeds);
    foreach (var bar in replayed) Show(bar);
}

if (html is not null) await File.WriteAllTextAsync(html, HtmlReport.Make(bars, tables));
return bars.All(bar => bar.Met) ? 0 : 1;

void Show(Bar bar)
{
    bar.Print();
    bars.Add(bar);
}
