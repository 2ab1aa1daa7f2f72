using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Dispatch.Engine.Texts;

/// <summary>
/// Canonical composition (Unicode NFC). The process runs without the data of a culture (<c>InvariantGlobalization</c>), and then <see cref="string.Normalize()"/> returns what it
/// was given: <c>é</c> written as two characters stayed another name than <c>é</c> written as one. The tests hold this against the published forms.
/// </summary>
internal static class Composition
{
    private const int HangulFirst = 0xAC00;
    private const int HangulLeads = 0x1100;
    private const int HangulVowels = 0x1161;
    private const int HangulTails = 0x11A7;
    private const int HangulVowelCount = 21;
    private const int HangulTailCount = 28;
    private const int HangulLast = HangulFirst + (19 * HangulVowelCount * HangulTailCount) - 1;

    private static readonly (FrozenDictionary<int, int[]> Parts, FrozenDictionary<long, int> Whole, FrozenDictionary<int, int> Classes) Data = Read();

    /// <summary>The composed form.</summary>
    /// <param name="text">Text without halves of surrogate pairs.</param>
    public static string Compose(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var runes = Decompose(text);
        List<int> composed = [];
        var starter = -1;
        var lastClass = -1;
        foreach (var rune in runes)
        {
            var rank = ClassOf(rune);

            // A mark composes with the starter unless a mark of its class, or another starter, stands between them.
            if (starter >= 0 && (lastClass < rank || lastClass == -1) && Joined(composed[starter], rune) is { } whole)
            {
                composed[starter] = whole;
                continue;
            }

            if (rank == 0) (starter, lastClass) = (composed.Count, -1);
            else lastClass = rank;
            composed.Add(rune);
        }

        return Text(composed);
    }

    /// <summary>The characters after full canonical decomposition, marks in their canonical order.</summary>
    /// <param name="text">Text without halves of surrogate pairs.</param>
    public static List<int> Decompose(string text)
    {
        List<int> runes = [];
        foreach (var rune in text.EnumerateRunes()) AddParts(runes, rune.Value);
        for (var from = 0; from < runes.Count; from++)
        {
            if (ClassOf(runes[from]) == 0) continue;
            var to = from + 1;
            while (to < runes.Count && ClassOf(runes[to]) != 0) to++;
            var ordered = runes[from..to].OrderBy(ClassOf).ToArray();
            for (var i = 0; i < ordered.Length; i++) runes[from + i] = ordered[i];
            from = to - 1;
        }

        return runes;
    }

    private static void AddParts(List<int> runes, int rune)
    {
        if (rune is >= HangulFirst and <= HangulLast)
        {
            var syllable = rune - HangulFirst;
            runes.Add(HangulLeads + (syllable / (HangulVowelCount * HangulTailCount)));
            runes.Add(HangulVowels + (syllable % (HangulVowelCount * HangulTailCount) / HangulTailCount));
            if (syllable % HangulTailCount is > 0 and var tail) runes.Add(HangulTails + tail);
        }
        else if (Data.Parts.TryGetValue(rune, out var parts))
        {
            foreach (var part in parts) AddParts(runes, part);
        }
        else
        {
            runes.Add(rune);
        }
    }

    private static int? Joined(int first, int second)
    {
        if (first is >= HangulLeads and < HangulLeads + 19 && second is >= HangulVowels and < HangulVowels + HangulVowelCount)
        {
            return HangulFirst + ((((first - HangulLeads) * HangulVowelCount) + second - HangulVowels) * HangulTailCount);
        }

        if (first is >= HangulFirst and <= HangulLast && (first - HangulFirst) % HangulTailCount == 0 && second is > HangulTails and < HangulTails + HangulTailCount)
        {
            return first + second - HangulTails;
        }

        return Data.Whole.TryGetValue(((long)first << 32) | (uint)second, out var whole) ? whole : null;
    }

    private static int ClassOf(int rune) => Data.Classes.GetValueOrDefault(rune);

    private static string Text(List<int> runes)
    {
        var text = new StringBuilder(runes.Count);
        foreach (var rune in runes) text.Append(new Rune(rune).ToString());
        return text.ToString();
    }

    private static (FrozenDictionary<int, int[]>, FrozenDictionary<long, int>, FrozenDictionary<int, int>) Read()
    {
        Dictionary<int, int[]> parts = [];
        Dictionary<long, int> whole = [];
        Dictionary<int, int> classes = [];
        foreach (var line in TextTables.Lines("composition.txt"))
        {
            var fields = line.TrimStart('!', '~').Split(' ');
            if (line[0] == '~')
            {
                for (var rune = Hex(fields[0]); rune <= Hex(fields[1]); rune++) classes[rune] = int.Parse(fields[2], CultureInfo.InvariantCulture);
                continue;
            }

            var (rune0, into) = (Hex(fields[0]), fields[1..].Select(Hex).ToArray());
            parts[rune0] = into;
            if (line[0] != '!') whole[((long)into[0] << 32) | (uint)into[1]] = rune0;
        }

        return (parts.ToFrozenDictionary(), whole.ToFrozenDictionary(), classes.ToFrozenDictionary());
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
