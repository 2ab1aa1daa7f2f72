using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Engine.Forms;

namespace Dispatch.Server.Import;

/// <summary>What a line that was taken says to the report.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Bound">The line, read.</param>
internal readonly record struct TakenLine(long Line, LineBinding Bound);

/// <summary>Adds up what an import made of its lines. Its size is bounded whatever the file holds: the first ten, the first twenty different values, one note a kind.</summary>
internal sealed class ImportTally(ICompiledForm form)
{
    private const int NotesMax = 50;

    private readonly List<KnownExample> _first = [];
    private readonly List<KnownValue> _values = [];
    private readonly List<ImportNote> _notes = [];

    // A form need not put the same value into words a million times.
    private readonly Dictionary<(string Given, string Known), int> _placeOf = [];
    private long _generatedIds, _answers, _without, _others;

    /// <summary>Goes on from what was stored with the last committed chunk.</summary>
    /// <param name="reading">As <see cref="Write"/> gave it; null to begin.</param>
    public void Restore(string? reading)
    {
        var before = Read(reading);
        (_generatedIds, _answers, _without, _others) = (before.GeneratedIds, before.Known.Answers, before.Known.Without, before.Known.OtherValues);
        _first.Clear();
        _first.AddRange(before.Known.First);
        _values.Clear();
        _values.AddRange(before.Known.Values);
        _notes.Clear();
        _notes.AddRange(before.Notes);
        _placeOf.Clear();
    }

    /// <summary>What was stored, for the report.</summary>
    /// <param name="reading">As <see cref="Write"/> gave it; null for nothing.</param>
    public static ImportReading Read(string? reading) => reading is null ? new ImportReading() : JsonSerializer.Deserialize<ImportReading>(reading, DispatchJson.Options)!;

    /// <summary>Takes lines in.</summary>
    /// <param name="lines">In order.</param>
    public void Add(IReadOnlyList<TakenLine> lines)
    {
        foreach (var (line, bound) in lines)
        {
            if (bound.HasGeneratedKey) _generatedIds++;
            if (bound.KnownAnswer is null) _without++;
            else Count(line, bound.Key, bound.KnownAsSent ?? "", bound.KnownAnswer);
            foreach (var note in bound.Notes) Note(line, note);
        }
    }

    /// <summary>As it is stored.</summary>
    public string Write() => JsonSerializer.Serialize(
        new ImportReading
        {
            GeneratedIds = _generatedIds,
            Known = new KnownReading { Answers = _answers, Without = _without, First = [.. _first], Values = [.. _values], OtherValues = _others },
            Notes = [.. _notes],
        },
        DispatchJson.Options);

    private void Count(long line, string key, string given, string known)
    {
        _answers++;
        if (_first.Count < Limits.ImportExamplesReported) _first.Add(new KnownExample { Line = line, Key = key, Given = given, Understood = form.DescribeKnown(known) });
        if (!_placeOf.TryGetValue((given, known), out var place))
        {
            place = Place(given, known);
            if (_placeOf.Count < 4 * Limits.ImportValuesReported) _placeOf.Add((given, known), place);
        }

        if (place < 0) _others++;
        else _values[place] = _values[place] with { Count = _values[place].Count + 1 };
    }

    private int Place(string given, string known)
    {
        var isFull = _values.Count >= Limits.ImportValuesReported;
        if (isFull && !_values.Exists(value => value.Given == given)) return -1;
        var understood = form.DescribeKnown(known);
        var place = _values.FindIndex(value => value.Given == given && value.Understood == understood);
        if (place >= 0 || isFull) return place;
        _values.Add(new KnownValue { Given = given, Understood = understood, Count = 0 });
        return _values.Count - 1;
    }

    private void Note(long line, LineNote note)
    {
        var place = _notes.FindIndex(known => known.Kind == note.Kind);
        if (place < 0)
        {
            if (_notes.Count < NotesMax) _notes.Add(new ImportNote { Kind = note.Kind, Message = note.Message, Remedy = note.Remedy, Lines = 1, FirstLines = [line] });
            return;
        }

        var before = _notes[place];
        var first = before.FirstLines.Count < Limits.ImportExamplesReported ? [.. before.FirstLines, line] : before.FirstLines;
        _notes[place] = before with { Lines = before.Lines + 1, FirstLines = first };
    }
}
