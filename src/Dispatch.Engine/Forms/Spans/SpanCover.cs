namespace Dispatch.Engine.Forms.Spans;

/// <summary>How spans cover a text, by type; a code unit that two spans of one type cover counts once.</summary>
internal static class SpanCover
{
    /// <summary>Code units that both cover with the same type, by those that either covers; 1 when neither marks anything.</summary>
    public static double Likeness(IReadOnlyList<Span> first, IReadOnlyList<Span> second)
    {
        var (both, either) = (0L, 0L);
        foreach (var type in first.Concat(second).Select(span => span.Type).Distinct(StringComparer.Ordinal))
        {
            foreach (var (_, length, covers) in Stretches([first, second], type))
            {
                if (covers.Count(cover => cover.Count > 0) == 2) both += length;
                if (covers.Any(cover => cover.Count > 0)) either += length;
            }
        }

        return either == 0 ? 1 : (double)both / either;
    }

    /// <summary>What more than half of the answers cover, joined to spans; with the severity that most of those who cover it gave.</summary>
    public static (List<Span> Spans, bool IsTied) Majority(IReadOnlyList<List<Span>> answers, IReadOnlyList<string> types, IReadOnlyList<string> severities)
    {
        List<Span> agreed = [];
        var isTied = false;
        foreach (var type in types)
        {
            (int Start, int End, List<Span> Marked)? open = null;
            foreach (var (start, length, covers) in Stretches(answers, type))
            {
                var count = covers.Count(cover => cover.Count > 0);
                isTied |= 2 * count == answers.Count;
                var isAgreed = 2 * count > answers.Count;
                if (open is { } before && (!isAgreed || before.End != start))
                {
                    agreed.Add(Close(before));
                    open = null;
                }

                if (!isAgreed) continue;
                List<Span> marked = [.. covers.SelectMany(cover => cover)];
                open = open is { } going ? (going.Start, start + length, [.. going.Marked.Union(marked, ReferenceEqualityComparer.Instance).Cast<Span>()]) : (start, start + length, marked);
            }

            if (open is { } last) agreed.Add(Close(last));

            Span Close((int Start, int End, List<Span> Marked) stretch) =>
                new(stretch.Start, stretch.End, type, severities.MaxBy(severity => stretch.Marked.Count(span => span.Severity == severity)), null);
        }

        return (agreed, isTied);
    }

    /// <summary>The text cut where a span of the type begins or ends; with the spans of each answer that cover the stretch. Those that nobody covers are left out.</summary>
    private static IEnumerable<(int Start, int Length, List<List<Span>> Covers)> Stretches(IReadOnlyList<IReadOnlyList<Span>> answers, string type)
    {
        List<List<Span>> spans = [.. answers.Select(answer => answer.Where(span => span.Type == type).ToList())];
        int[] cuts = [.. spans.SelectMany(list => list).SelectMany(span => (int[])[span.Start, span.End]).Distinct().Order()];
        for (var i = 0; i + 1 < cuts.Length; i++)
        {
            var (start, end) = (cuts[i], cuts[i + 1]);
            List<List<Span>> covers = [.. spans.Select(list => list.FindAll(span => span.Start <= start && span.End >= end))];
            if (covers.Exists(cover => cover.Count > 0)) yield return (start, end - start, covers);
        }
    }
}
