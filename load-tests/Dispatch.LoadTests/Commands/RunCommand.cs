using System.CommandLine;
using System.Net;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Running.Joining;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;
using Spectre.Console;

namespace Dispatch.LoadTests.Commands;

/// <summary>Runs a scenario.</summary>
internal static class RunCommand
{
    public static Command Make()
    {
        var scenario = new Argument<string>("scenario") { Description = "Name of a scenario (see list), or a file." };
        var subjects = new Option<string?>("--subjects") { Description = "Comma-separated, instead of the scenario's." };
        var workers = new Option<int?>("--workers");
        var seconds = new Option<double?>("--seconds") { Description = "Length of one measurement. A day of arrivals and the times of happenings stretch or shrink with it." };
        var warmUp = new Option<double?>("--warm-up") { Description = "Seconds before the first measurement." };
        var rounds = new Option<int?>("--rounds");
        var rate = new Option<double?>("--rate") { Description = "Answers a second, for scenarios with a rate." };
        var tasks = new Option<int?>("--tasks");
        var batches = new Option<int?>("--batches");
        var prefetch = new Option<int?>("--prefetch");
        var seed = new Option<int?>("--seed");
        var address = new Option<string?>("--address") { Description = "A server that runs already; the tool starts its own without." };
        var token = new Option<string?>("--token") { Description = "Token of an admin there." };
        var anywhere = new Option<bool>("--allow-remote") { Description = "Put load on an address that is not loopback." };
        var processes = new Option<int>("--processes") { Description = "Server processes of the tool's own cluster.", DefaultValueFactory = _ => 1 };
        var generators = new Option<int>("--generators") { Description = "Generator processes that the tool starts beside itself." };
        var expect = new Option<int>("--expect") { Description = "Generator processes that will be started by hand: join ADDRESS." };
        var port = new Option<int?>("--port") { Description = "Where they join, on loopback." };
        var project = new Option<Guid?>("--project") { Description = "With --address: press this project, with its own form, gates and open batches, and made-up answers that fit the form." };
        var keep = new Option<bool>("--keep") { Description = "With --address: leave the project, batches and people of the run on the server. Otherwise they are closed and deactivated at the end, also after Ctrl+C." };
        var require = new Option<string[]>("--require")
        {
            Description = $"A threshold, as \"p99<200ms\"; may be given several times. The exit code is 1 when one is not kept. Operators: <, <=, >, >=, =. Metrics: {Metric.Help}.",
        };
        var report = new Option<string?>("--report") { Description = "Write NAME.json and NAME.html." };
        var command = new Command("run", "Runs a scenario.") { scenario, subjects, workers, seconds, warmUp, rounds, rate, tasks, batches, prefetch, seed, address, token, anywhere, processes, generators, expect, port, project, keep, require, report };
        command.SetAction(async (parsed, stop) =>
        {
            var requirements = (parsed.GetValue(require) ?? []).Select(Requirement.Parse).ToArray();
            var chosen = ScenarioFile.Read(parsed.GetValue(scenario)!);
            if (parsed.GetValue(subjects) is { } named) chosen.Subjects = [.. named.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            chosen.Workers = parsed.GetValue(workers) ?? chosen.Workers;
            if (parsed.GetValue(seconds) is { } length) chosen = Lasting(chosen, length);
            chosen.WarmUp = parsed.GetValue(warmUp) ?? chosen.WarmUp;
            chosen.Rounds = parsed.GetValue(rounds) ?? chosen.Rounds;
            chosen.Arrival.PerSecond = parsed.GetValue(rate) ?? chosen.Arrival.PerSecond;
            chosen.Work.Tasks = parsed.GetValue(tasks) ?? chosen.Work.Tasks;
            chosen.Work.Batches = parsed.GetValue(batches) ?? chosen.Work.Batches;
            chosen.Work.Prefetch = parsed.GetValue(prefetch) ?? chosen.Work.Prefetch;
            chosen.Seed = parsed.GetValue(seed) ?? chosen.Seed;
            ScenarioFile.Check(chosen);
            var target = new Target(parsed.GetValue(address) is { } given ? new Uri(given) : null, parsed.GetValue(token), parsed.GetValue(processes), parsed.GetValue(project), parsed.GetValue(keep));
            if (target.Address is null && (target.Project is not null || target.Keep)) throw new ArgumentException("--project and --keep are about a server that runs already: give its --address.");
            await RefuseRemoteAsync(target.Address, parsed.GetValue(anywhere));
            var progress = new ConsoleProgress();
            await using var others = await OtherGenerators.GatherAsync(parsed.GetValue(generators), parsed.GetValue(expect), parsed.GetValue(port), progress, stop);
            var measured = await new Runner(chosen, target, progress, others.All).RunAsync(stop);
            Print(measured);
            if (parsed.GetValue(report) is { } path) await ReportFiles.WriteAsync(measured, path);
            Console.WriteLine(Sentence.Of(measured));
            return Outcome.Judge(measured, requirements, Console.Error.WriteLine);
        });
        return command;
    }

    // Checked before it is used as a divisor and a factor.
    private static Scenario Lasting(Scenario scenario, double seconds)
    {
        ScenarioFile.Check(scenario with { Seconds = seconds });
        return scenario.Lasting(seconds);
    }

    /// <summary>Load on somebody else's machine is not started by a slip of the keyboard.</summary>
    private static async Task RefuseRemoteAsync(Uri? address, bool allowed)
    {
        if (address is null || allowed) return;
        var there = await Dns.GetHostAddressesAsync(address.DnsSafeHost);
        if (!there.All(IPAddress.IsLoopback)) throw new ArgumentException($"{address} is not on this machine. Give --allow-remote if you may put load on it.");
    }

    private static void Print(Report report)
    {
        var table = new Table().AddColumns("subject", "answers/s", "of echo", "p50 ms", "p99 ms", "push p99 ms", "CPU ms/answer", "commits/answer", "log bytes/answer", "generator ms/answer");
        var echo = report.Median("echo")?.PerSecond;
        foreach (var m in report.Subjects.Select(subject => report.Median(subject)!))
        {
            table.AddRow(
                m.Subject,
                Text(m.PerSecond, "0"),
                echo is { } floor ? Text(m.PerSecond / floor, "0.00") : "",
                m.Latency.Count > 0 ? Text(m.Latency.P50, "0.0") : HtmlReport.Blank,
                m.Latency.Count > 0 ? Text(m.Latency.P99, "0.0") : HtmlReport.Blank,
                m.Push is { } push ? Text(push.P99, "0.0") : "",
                m.CpuMsPerCycle is null || m.Cycles == 0 ? HtmlReport.Blank : string.Join("\n", m.CpuSeconds.Where(read => read.Key != "generator").Select(read => $"{read.Key} {Text(read.Value * 1000 / Math.Max(1, m.Cycles), "0.000")}")),
                m.CommitsPerCycle is { } commits ? Text(commits, "0.000") : "",
                m.WalBytesPerCycle is { } bytes ? Text(bytes, "0") : "",
                m.Cycles == 0 ? HtmlReport.Blank : Text(m.CpuSeconds["generator"] * 1000 / Math.Max(1, m.Cycles), "0.000"));
        }

        AnsiConsole.Write(table);
    }

    private static string Text(double value, string format) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
}
