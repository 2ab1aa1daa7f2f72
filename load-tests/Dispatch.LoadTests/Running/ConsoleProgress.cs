using Dispatch.LoadTests.Reports;
using Spectre.Console;

namespace Dispatch.LoadTests.Running;

/// <summary>
/// Progress on a terminal: a line that moves every second, and one that stays for what is done. Elsewhere what stays, and a line a minute. On stderr, so that bars can be
/// read from stdout.
/// </summary>
internal sealed class ConsoleProgress : IProgressLine
{
    /// <summary>Columns where nobody says how many there are: a file that breaks its tables at eighty is of no use.</summary>
    public const int RedirectedWidth = 200;

    private const double SaysEverySeconds = 60;
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private bool _isMoving;
    private double _saidAt;

    public ConsoleProgress()
    {
        if (Console.IsErrorRedirected) _console.Profile.Width = RedirectedWidth;
    }

    private bool IsLive => _console.Profile.Capabilities.Interactive && !Console.IsErrorRedirected;

    public void Say(string what)
    {
        Rest();
        _console.MarkupLineInterpolated($"[grey]{what}[/]");
    }

    public void Show(string subject, int round, Second second)
    {
        if (!IsLive && !IsDue(second.At)) return;
        var cores = string.Join("  ", second.Cores.Select(read => FormattableString.Invariant($"{read.Key} {read.Value:0.00}")));
        var line = FormattableString.Invariant($"{subject,-16} {(round == 0 ? "warm-up" : $"round {round}"),-8} {second.At,5:0} s  {second.Cycles,7}/s  p50 {second.P50,7:0.0}  p99 {second.P99,7:0.0} ms   cores: {cores}");
        if (!IsLive)
        {
            Console.Error.WriteLine(line);
            return;
        }

        Console.Error.Write("\r" + line.PadRight(Math.Max(0, _console.Profile.Width - 1))[..Math.Max(1, _console.Profile.Width - 1)]);
        _isMoving = true;
    }

    public void Measured(Measurement measurement)
    {
        Rest();
        var m = measurement;
        var push = m.Push is { } p ? FormattableString.Invariant($"  push p50 {p.P50:0.0} p99 {p.P99:0.0} ms") : "";
        var recovered = m.RecoveredSeconds is { } r ? FormattableString.Invariant($"  all back after {r:0.0} s") : "";
        _console.MarkupLineInterpolated($"round {m.Round}  [bold]{m.Subject,-16}[/] {FormattableString.Invariant($"{m.PerSecond,8:0}")}/s  p50 {FormattableString.Invariant($"{m.Latency.P50,7:0.0}")}  p99 {FormattableString.Invariant($"{m.Latency.P99,7:0.0}")} ms  cpu {(m.CpuMsPerCycle is { } cpu ? FormattableString.Invariant($"{cpu:0.000} ms/cycle") : "–")}{push}{recovered}{(m.Failures > 0 ? $"  failures {m.Failures}" : "")}");
    }

    private bool IsDue(double at)
    {
        if (at < _saidAt) _saidAt = 0;
        if (at - _saidAt < SaysEverySeconds) return false;
        _saidAt = at;
        return true;
    }

    private void Rest()
    {
        if (_isMoving) Console.Error.WriteLine();
        _isMoving = false;
    }
}
