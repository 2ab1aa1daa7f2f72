using System.Text.Json;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Agreement;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Handling times and agreement of one batch, kept up to date from the rows they were read from. Whole numbers inside: any order gives the same bits.</summary>
internal sealed class BatchQuality
{
    private readonly IReadOnlyList<AnswerScale> _scales;
    private readonly AgreementTally?[] _tallies;
    private readonly HashSet<Guid> _recent = [];
    private long _verdicts;
    private double _confidence;

    public BatchQuality(IReadOnlyList<AnswerScale> scales)
    {
        _scales = scales;
        _tallies = [.. scales.Select(scale => scale.Options <= AgreementTally.ValuesMax ? new AgreementTally([.. Enumerable.Range(scale.Min, scale.Options).Select(value => (double)value)]) : null)];
    }

    public HandlingFold Handling { get; } = new();

    /// <summary>An answer as it was read; those of the last moments are remembered, because they may also come live.</summary>
    public void Read(JudgmentRow row, bool mayComeLive)
    {
        Handling.Apply(row.Handling);
        if (mayComeLive) _recent.Add(row.AssignmentId);
    }

    public void Answered(Guid assignmentId, TimeSpan handling)
    {
        if (!_recent.Remove(assignmentId)) Handling.Apply(handling);
    }

    public void Judged(TaskVerdict verdict)
    {
        _verdicts++;
        _confidence += verdict.Confidence ?? 0;
        var values = JsonSerializer.Deserialize<double?[][]>(verdict.Values) ?? [];
        for (var scale = 0; scale < Math.Min(values.Length, _tallies.Length); scale++)
        {
            // A value off the scale is of an older form: it cannot be compared.
            var votes = values[scale].OfType<double>().Select(value => (int)Math.Round(value) - _scales[scale].Min).Where(index => index >= 0 && index < _scales[scale].Options).ToArray();
            _tallies[scale]?.Add(votes);
        }
    }

    public BatchQualityView View(Guid batchId, DateTimeOffset at, (long Count, double Score) gold) => new()
    {
        BatchId = batchId,
        At = at,
        TimedAnswers = Handling.Count,
        MeanSeconds = Handling.Mean?.TotalSeconds,
        MedianSeconds = Handling.Median?.TotalSeconds,
        GeometricMeanSeconds = Handling.GeometricMean?.TotalSeconds,
        P95Seconds = Handling.P95?.TotalSeconds,
        GoldAnswers = gold.Count,
        Accuracy = gold.Count == 0 ? null : gold.Score / gold.Count,
        AccuracyLow = Proportions.Wilson(gold.Score, gold.Count)?.Low,
        AccuracyHigh = Proportions.Wilson(gold.Score, gold.Count)?.High,
        Verdicts = _verdicts,
        MeanConfidence = _verdicts == 0 ? null : _confidence / _verdicts,
        Agreement = [.. _scales.Select((scale, i) => ViewOf(scale, _tallies[i]))],
    };

    private static AgreementView ViewOf(AnswerScale scale, AgreementTally? tally)
    {
        var alpha = tally?.KrippendorffAlpha(scale.Level switch { ScaleLevel.Nominal => Scale.Nominal, ScaleLevel.Ordinal => Scale.Ordinal, _ => Scale.Interval });
        return new AgreementView
        {
            Scale = scale.Name,
            Units = tally?.PairedUnits ?? 0,
            Percent = tally?.Observed(),
            Alpha = alpha,
            GwetAc1 = tally?.GwetAc1(),
            Reason = AgreementReasons.Of(tally, alpha),
        };
    }
}
