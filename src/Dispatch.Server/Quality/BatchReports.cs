using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality.Agreement;
using Dispatch.Engine.Quality.Consensus;
using Dispatch.Server.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Quality;

/// <summary>Figures of a batch, recomputed from committed rows: the same rows give the same bits as the live figures.</summary>
internal static class BatchReports
{
    /// <summary>Votes that one Dawid–Skene fit takes.</summary>
    private const int VotesMax = 1_000_000;

    private const int PageRows = 1_000;

    /// <summary>Tasks whose answers are compared as wholes, in a report and in the live figures: α is settled to two digits long before.</summary>
    private const int ReportTasksMax = 2_000;
    private const int LiveTasksMax = 200;

    public static async Task<BatchReportDto> MakeAsync(BatchRecord batch, ICompiledForm form, bool dawidSkene, IDispatchStore store, CancellationToken cancellation)
    {
        var tallies = form.Scales.Select(scale => scale.Options <= AgreementTally.ValuesMax ? new AgreementTally([.. Enumerable.Range(scale.Min, scale.Options).Select(value => (double)value)]) : null).ToArray();
        var tasks = 0;
        for (var after = 0L; ;)
        {
            var page = await store.LoadVerdictsAsync(batch.BatchId, after, PageRows, cancellation);
            foreach (var verdict in page)
            {
                tasks++;
                Tally(verdict, form, tallies);
            }

            if (page.Count < PageRows) break;
            after = page[^1].Ordinal;
        }

        return new BatchReportDto
        {
            BatchId = batch.BatchId,
            Tasks = tasks,
            Agreement = [.. form.Scales.Select((scale, i) => Dto(scale, tallies[i])), .. await ByDistanceAsync(batch.BatchId, form, ReportTasksMax, store, cancellation)],
            DawidSkene = dawidSkene ? await FitAsync(batch.BatchId, form, store, cancellation) : null,
        };
    }

    private static void Tally(TaskVerdict verdict, ICompiledForm form, AgreementTally?[] tallies)
    {
        var values = JsonSerializer.Deserialize<double?[][]>(verdict.Values) ?? [];
        for (var i = 0; i < Math.Min(values.Length, tallies.Length); i++)
        {
            var scale = form.Scales[i];
            tallies[i]?.Add([.. values[i].OfType<double>().Select(value => (int)Math.Round(value) - scale.Min).Where(index => index >= 0 && index < scale.Options)]);
        }
    }

    /// <summary>The same for the live figures of a batch, from fewer tasks.</summary>
    public static async Task<IReadOnlyList<AgreementView>> LiveByDistanceAsync(Guid batchId, ICompiledForm form, IDispatchStore store, CancellationToken cancellation) =>
        [.. (await ByDistanceAsync(batchId, form, LiveTasksMax, store, cancellation)).Select(row => new AgreementView { Scale = row.Scale, Units = row.Units, Percent = row.Observed, Alpha = row.Alpha, Reason = row.Reason })];

    /// <summary>Agreement of a form whose answers are compared as wholes, from the first tasks of a batch that have two counted answers; empty where the form has scales.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="form">Its form.</param>
    /// <param name="tasksMax">So many tasks are looked at: every pair of answers is compared.</param>
    /// <param name="store">The rows.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<IReadOnlyList<AgreementDto>> ByDistanceAsync(Guid batchId, ICompiledForm form, int tasksMax, IDispatchStore store, CancellationToken cancellation)
    {
        if (form.Distance is not { } distance) return [];
        List<List<string>> units = [];
        string? task = null;
        await foreach (var row in store.ExportCountedByTaskAsync(batchId, cancellation))
        {
            if (row.TaskKey != task)
            {
                if (units is [.., { Count: < 2 }]) units.RemoveAt(units.Count - 1);
                if (units.Count == tasksMax) break;
                task = row.TaskKey;
                units.Add([]);
            }

            if (units[^1].Count < DistanceAlpha.PerUnitMax) units[^1].Add(row.Answer);
        }

        var agreement = DistanceAlpha.Of(units, distance.Between);
        return [new AgreementDto { Scale = distance.Name, Level = "distance", Units = agreement.Units, Values = agreement.Values, Alpha = agreement.Alpha, Reason = agreement.Reason, Distance = distance.Words, Observed = 1 - agreement.Observed, FleissKappa = null, GwetAc1 = null }];
    }

    private static AgreementDto Dto(AnswerScale scale, AgreementTally? tally) => new()
    {
        Scale = scale.Name,
        Level = JsonNamingPolicy.SnakeCaseLower.ConvertName(scale.Level.ToString()),
        Units = (int)(tally?.PairedUnits ?? 0),
        Values = (int)(tally?.Votes ?? 0),
        Alpha = AlphaOf(scale, tally),
        Reason = AgreementReasons.Of(tally, AlphaOf(scale, tally)),
        Observed = tally?.Observed(),
        FleissKappa = tally?.FleissKappa(),
        GwetAc1 = tally?.GwetAc1(),
    };

    private static double? AlphaOf(AnswerScale scale, AgreementTally? tally) =>
        tally?.KrippendorffAlpha(scale.Level switch { ScaleLevel.Nominal => Scale.Nominal, ScaleLevel.Ordinal => Scale.Ordinal, _ => Scale.Interval });

    private static async Task<DawidSkeneDto?> FitAsync(Guid batchId, ICompiledForm form, IDispatchStore store, CancellationToken cancellation)
    {
        if (form.VoteOptions < 2) return null;
        List<(string Worker, string Task, string Label)> votes = [];
        await foreach (var row in store.ExportJudgmentsAsync(batchId, cancellation))
        {
            if (!row.Counted || form.VoteOf(row.Answer) is not { } vote) continue;
            if (votes.Count == VotesMax) throw Problems.Refuse(400, RefusalCode.PayloadTooLarge, $"The batch has more than {VotesMax} votes.", "Fit the model on an export instead.");
            votes.Add((row.WorkerId.ToString(), row.TaskKey, vote));
        }

        if (votes.Count == 0) return null;
        var set = VoteSet.Of(votes);
        var fit = DawidSkene.Of(set);
        return new DawidSkeneDto
        {
            Labels = set.Labels,
            Marginals = fit.Prevalence,
            LogLikelihood = fit.LogLikelihood,
            Iterations = fit.Iterations,
            Workers = [.. set.Workers.Select((worker, i) => new WorkerConfusionDto(Guid.Parse(worker), Rows(fit.Confusions[i])))],
        };
    }

    private static double[][] Rows(double[,] matrix) =>
        [.. Enumerable.Range(0, matrix.GetLength(0)).Select(row => Enumerable.Range(0, matrix.GetLength(1)).Select(column => matrix[row, column]).ToArray())];
}
