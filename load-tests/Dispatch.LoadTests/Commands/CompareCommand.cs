using System.CommandLine;
using Dispatch.LoadTests.Reports;
using Spectre.Console;

namespace Dispatch.LoadTests.Commands;

/// <summary>Lays two reports side by side.</summary>
internal static class CompareCommand
{
    public static Command Make()
    {
        var before = new Argument<string>("before");
        var after = new Argument<string>("after");
        var command = new Command("compare", "Compares two reports (their .json files), subject by subject.") { before, after };
        command.SetAction(async (parsed, _) =>
        {
            var (a, b) = (await ReportFiles.ReadAsync(parsed.GetValue(before)!), await ReportFiles.ReadAsync(parsed.GetValue(after)!));
            if (a.Scenario != b.Scenario) Console.WriteLine($"The scenarios differ: {a.Scenario} and {b.Scenario}.");
            foreach (var setting in a.Settings.Except(b.Settings)) Console.WriteLine($"Only before: {setting}");
            foreach (var setting in b.Settings.Except(a.Settings)) Console.WriteLine($"Only after:  {setting}");
            var table = new Table().AddColumns("subject", "figure", "before", "after", "change");
            foreach (var subject in a.Subjects.Union(b.Subjects)) Add(table, subject, a.Median(subject), b.Median(subject));
            AnsiConsole.Write(table);
            return 0;
        });
        return command;
    }

    private static void Add(Table table, string subject, Measurement? before, Measurement? after)
    {
        Row("answers/s", m => m.PerSecond, "0");
        Row("p50 ms", m => m.Latency.P50, "0.0");
        Row("p99 ms", m => m.Latency.P99, "0.0");
        Row("p99.9 ms", m => m.Latency.P999, "0.0");
        Row("push p99 ms", m => m.Push?.P99, "0.0");
        Row("CPU ms/answer", m => m.CpuMsPerCycle, "0.000");
        Row("commits/answer", m => m.CommitsPerCycle, "0.000");
        Row("log bytes/answer", m => m.WalBytesPerCycle, "0");

        void Row(string figure, Func<Measurement, double?> of, string format)
        {
            var (was, now) = (before is null ? null : of(before), after is null ? null : of(after));
            if (was is null && now is null) return;
            var change = was is > 0 && now is not null ? ((now.Value / was.Value) - 1).ToString("+0.0 %;-0.0 %", System.Globalization.CultureInfo.InvariantCulture) : "";
            table.AddRow(subject, figure, Text(was), Text(now), change);
            string Text(double? value) => value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture) ?? "-";
        }
    }
}
