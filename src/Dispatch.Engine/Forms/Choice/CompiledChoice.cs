using System.Globalization;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Choice;

/// <summary>
/// Canonical content: <c>{"prompt":[{"role","text"}],"context":{},"response":"…"}</c>; canonical answer: <c>{"choice":"key","reason"}</c> or <c>{"choices":["key",…],"reason"}</c> in
/// the order of the settings. The worker sees the options under keys <c>1</c>, <c>2</c>, …, which name places on the screen.
/// </summary>
internal sealed partial class CompiledChoice(ChoiceRules rules, LineFields fields, string? responseField) : ICompiledForm
{
    private const int KeysCharacters = 500;

    private readonly string _member = rules.IsMultiple ? "choices" : "choice";
    private readonly string[] _keys = [.. rules.Options.Select(option => option.Key)];

    private readonly KnownChoice _reader = new(rules, fields);

    public int ShuffledResponses => rules.Shuffle ? rules.Options.Count : 0;

    public IReadOnlyList<string> ExportColumns { get; } = [rules.IsMultiple ? "choices" : "choice", "reason"];

    public IReadOnlyList<string> ExportFormats { get; } =
        responseField is not null && fields.Prompt is not null && !rules.IsMultiple && rules.Options.Any(option => option.IsAcceptable) ? [TrainingFormats.Unpaired] : [];

    public LineBinding Bind(JsonElement line) => fields.Guard(line, BindLine);

    private LineBinding BindLine(JsonElement line)
    {
        var (binding, refusal) = fields.ReadCommon(line);
        var opening = refusal is null ? fields.Open(line, ref refusal, responseField) : null;
        if (opening is null) return new LineBinding { Refusal = refusal };
        var content = JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            refusal = fields.WriteOpening(writer, line, opening);
            if (opening.Responses is [var response]) writer.WriteString("response", response);
            else writer.WriteNull("response");
            writer.WriteEndObject();
        });
        return refusal is not null
            ? new LineBinding { Refusal = refusal }
            : fields.Finish(line, binding, opening, content, _reader.Read, _member, $"Use {(rules.IsMultiple ? "a list of keys" : "one key")} out of: {QuotedText.Of(string.Join(", ", _keys), KeysCharacters)}.");
    }

    public string DescribeKnown(string known) => AcceptedAnswers.Describe(known, answer => Chosen(answer) is { Count: > 0 } chosen
        ? string.Join(" and ", chosen.Select(key => $"'{key}'"))
        : "none of the options");

    public string Present(string content, IReadOnlyList<int> presentation)
    {
        using var document = JsonDocument.Parse(content);
        return JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject()) member.WriteTo(writer);
            writer.WriteStartArray("options");
            foreach (var (place, index) in ShownOrder.Of(presentation, _keys.Length).Index())
            {
                writer.WriteStartObject();
                writer.WriteString("key", ShownKey(place));
                writer.WriteString("label", rules.Options[index].Label);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    public string PresentAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        var order = ShownOrder.Of(presentation, _keys.Length).ToArray();
        return ShownAnswer.Rewrite(answer, _member, key => ShownKey(Array.IndexOf(order, Array.IndexOf(_keys, key))));
    }

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        using var document = AnswerReader.Parse(answer, [_member, "reason"], out var refused);
        if (document is null) return refused;
        var root = document.RootElement;
        var order = ShownOrder.Of(presentation, _keys.Length);
        if (!root.TryGetProperty(_member, out var given) || given.ValueKind != (rules.IsMultiple ? JsonValueKind.Array : JsonValueKind.String))
        {
            return AnswerReader.Refuse($"$.{_member}", "Nothing is chosen.", rules.IsMultiple ? "Send the keys of the options as a list: [\"1\", \"3\"]." : "Send the key of the option: \"1\".");
        }

        var chosen = new SortedSet<int>();
        foreach (var (i, item) in (rules.IsMultiple ? given.EnumerateArray().ToArray() : [given]).Index())
        {
            var place = rules.IsMultiple ? $"$.{_member}[{i}]" : $"$.{_member}";
            if (!JsonTexts.TryGet(item, out var shown) || IndexOf(shown, order) is not { } index) return AnswerReader.Refuse(place, $"'{JsonTexts.Quote(item.ValueKind == JsonValueKind.String ? shown : item.GetRawText())}' is no option of this task.", $"Use the keys \"1\" to \"{_keys.Length}\".");
            if (!chosen.Add(index)) return AnswerReader.Refuse(place, $"Option '{shown}' is chosen twice.", "Choose every option once.");
        }

        if (rules.IsMultiple && (chosen.Count < rules.Min || chosen.Count > rules.Max)) return AnswerReader.Refuse($"$.{_member}", $"{chosen.Count} options are chosen.", $"Choose {rules.Min} to {rules.Max}.");
        if (AnswerReader.CheckReason(root, rules.Reason, out var reason) is { } noReason) return noReason;
        return new AnswerCheck(Write(chosen, reason), null);
    }

    public IReadOnlyList<string?> ExportValues(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return
        [
            string.Join('|', Chosen(document.RootElement)),
            document.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
        ];
    }

    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask)
    {
        if (!ExportFormats.Contains(format)) yield break;
        using var document = JsonDocument.Parse(content);
        var choice = VoteOf(answer);
        yield return TrainingFormats.Line(document.RootElement.GetProperty("prompt"), [("completion", document.RootElement.GetProperty("response").GetString()!)], rules.Options.Any(option => option.Key == choice && option.IsAcceptable), shape);
    }

    public string? ReadKnown(string content, string known) => AcceptedAnswers.Again(known, _member, given => rules.IsMultiple == (given.ValueKind == JsonValueKind.Array) ? _reader.Exact(given) : null);

    private string Write(SortedSet<int> chosen, string? reason) => Write(rules, chosen, reason);

    internal static string Write(ChoiceRules rules, SortedSet<int> chosen, string? reason) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        if (rules.IsMultiple)
        {
            writer.WriteStartArray("choices");
            foreach (var index in chosen) writer.WriteStringValue(rules.Options[index].Key);
            writer.WriteEndArray();
        }
        else
        {
            writer.WriteString("choice", rules.Options[chosen.Min].Key);
        }

        if (reason is not null) writer.WriteString("reason", reason);
        writer.WriteEndObject();
    });

    private static int? IndexOf(string shown, IReadOnlyList<int> order)
    {
        for (var place = 0; place < order.Count; place++) if (ShownKey(place) == shown) return order[place];
        return null;
    }

    private static string ShownKey(int place) => (place + 1).ToString(CultureInfo.InvariantCulture);
}
