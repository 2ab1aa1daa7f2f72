using System.Text.Json;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.People;

/// <summary>
/// A simulated annotator. Handling times are log-normal within a person and among people; practice makes faster, tiredness makes slower and
/// careless, some answer without looking. Everything follows from the seed and the index.
/// </summary>
internal sealed class Annotator
{
    private const int TasksToLearn = 100;
    private const double ShiftSeconds = 8 * 3600;
    private const double SecondsMin = 0.5;
    private readonly PeopleSpec _spec;
    private readonly Random _random;
    private readonly double _median;
    private readonly double _accuracy;
    private readonly bool _looksAway;
    private int _done;
    private double _worked;

    public Annotator(PeopleSpec spec, int seed, int index)
    {
        _spec = spec;
        _random = new Random(HashCode.Combine(seed, index));
        _looksAway = _random.NextDouble() < spec.SpamShare;
        _median = (_looksAway ? 2 : spec.MedianSeconds) * Math.Exp(spec.BetweenSpread * Normal());
        _accuracy = _looksAway ? 0.5 : Math.Clamp(spec.Accuracy + (0.07 * Normal()), 0.5, 0.99);
        Arrives = TimeSpan.FromSeconds(spec.DaySeconds > 0 ? ArrivalInDay() : _random.NextDouble() * Math.Min(2, spec.MedianSeconds / spec.Speed));
        HasTwoTabs = _random.NextDouble() < spec.TwoTabs;
    }

    public bool HasTwoTabs { get; }

    /// <summary>Answers without looking.</summary>
    public bool LooksAway => _looksAway;

    /// <summary>When the person comes, from the start. In a day: two humps, before noon and in the evening.</summary>
    public TimeSpan Arrives { get; }

    public bool Drops => _random.NextDouble() < _spec.DropChance;

    /// <summary>A break to take now; null for none.</summary>
    public TimeSpan? Break => _random.NextDouble() < _spec.BreakChance ? TimeSpan.FromSeconds(_spec.BreakSeconds * Math.Exp(0.5 * Normal()) / _spec.Speed) : null;

    /// <summary>Whether the shift is over: half a day after it began, give or take.</summary>
    public bool Leaves(TimeSpan since) => _spec.DaySeconds > 0 && since - Arrives > TimeSpan.FromSeconds(_spec.DaySeconds * (0.25 + (0.15 * _random.NextDouble())));

    /// <param name="content">What is shown.</param>
    /// <param name="answers">Made-up answers, where the task is not one of the tool's own pairs.</param>
    public (Judgment Judgment, TimeSpan Handling) Judge(string? content, FormAnswers? answers = null)
    {
        var tired = 1 + (_spec.Fatigue * Math.Min(1, _worked / ShiftSeconds));
        var practised = 1 - (_spec.Learning * Math.Min(1.0, _done / (double)TasksToLearn));
        var seconds = Math.Max(SecondsMin, _median * practised * tired * Math.Exp(_spec.LogSpread * Normal()));
        (_done, _worked) = (_done + 1, _worked + seconds);
        if (answers is not null) return (new Judgment("1", answers.Answer(content!, _random)), TimeSpan.FromSeconds(seconds / _spec.Speed));
        var better = Better(content);
        var right = _random.NextDouble() < 0.5 + ((_accuracy - 0.5) / tired);
        var choice = right ? better : better == "1" ? "2" : "1";
        return (new Judgment(choice), TimeSpan.FromSeconds(seconds / _spec.Speed));
    }

    /// <summary>The longer response, in the order in which this person is shown them.</summary>
    private static string Better(string? content)
    {
        if (content is null) return "1";
        using var shown = JsonDocument.Parse(content);
        var responses = shown.RootElement.GetProperty("responses");
        var longest = responses.EnumerateArray().MaxBy(response => response.GetProperty("text").GetString()!.Length);
        return longest.GetProperty("key").GetString()!;
    }

    private double ArrivalInDay()
    {
        var hour = _random.NextDouble() < 0.6 ? 9.5 + (1.5 * Normal()) : 19 + (1.5 * Normal());
        return Math.Clamp(hour / 24, 0, 1) * _spec.DaySeconds;
    }

    // Box-Muller.
    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
