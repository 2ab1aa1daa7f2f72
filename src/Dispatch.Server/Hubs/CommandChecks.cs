using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Texts;

namespace Dispatch.Server.Hubs;

/// <summary>
/// What a command must be before a grain sees it. Text that a store cannot hold would not fail alone: it would fail the group commit
/// it is part of, and with it the answers of others. A draft that is not JSON would break the frame it is sent back in.
/// </summary>
internal static class CommandChecks
{
    private static readonly JsonDocumentOptions DraftOptions = new() { MaxDepth = Limits.JsonDepth };

    public static Refusal? Of(SetActivityCommand? command) => command is null ? Missing : OfText(command.Reason, "$.reason");

    public static Refusal? Of(ReturnCommand? command) => command is null ? Missing : OfText(command.Reason, "$.reason");

    public static Refusal? Of(DisputeCommand? command) => command is null ? Missing : OfText(command.Reason, "$.reason") ?? OfText(command.Source, "$.source");

    public static Refusal? Of(BoardNameCommand? command)
    {
        if (command is null) return Missing;
        if (command.Name is not { } name) return null;
        return BoardName(name) is not null ? null : new Refusal
        {
            Code = RefusalCode.ValueOutOfRange,
            Message = $"A name on the board has 1 to {Limits.BoardNameCharacters} characters, {Names.Rule}.",
            Remedy = "Choose another name, or send null for a number.",
            Place = "$.name",
        };
    }

    /// <summary>A name on the board in its one spelling; null when it is none.</summary>
    public static string? BoardName(string name) =>
        name.Length <= Limits.BoardNameCharacters && Names.TryNormalise(name, out var normalised) && normalised.Length <= Limits.BoardNameCharacters ? normalised : null;

    /// <summary>A text that stands alone, not in a command.</summary>
    public static Refusal? OfText(string? text, string place) => StorableText.Is(text) ? null : new Refusal
    {
        Code = RefusalCode.ValueOutOfRange,
        Message = $"The text holds {StorableText.Fault}.",
        Remedy = "Leave those characters out.",
        Place = place,
    };

    public static Refusal? Of(AcceptCommand? command) => command is null ? Missing : null;

    public static Refusal? Of(DeclineCommand? command) => command is null ? Missing : OfText(command.Reason, "$.reason");

    public static Refusal? Of(SupervisorCommand? command) =>
        command is null ? Missing : OfText(command.Reason, "$.reason") ?? command.TaskKeys?.Select(key => OfText(key, "$.taskKeys")).FirstOrDefault(refusal => refusal is not null);

    public static Refusal? Of(SubmitCommand? command) => command is null ? Missing : OfPresence(command.Answer, "answer");

    public static Refusal? Of(SaveDraftCommand? command) =>
        command is null ? Missing : OfPresence(command.Draft, "draft") ?? OfDraft(command.Draft.Json);

    private static Refusal Missing { get; } = new()
    {
        Code = RefusalCode.MalformedRequest,
        Message = "The call carries no command.",
        Remedy = "Send the command as the one argument of the call.",
    };

    private static Refusal? OfPresence(JsonText? value, string member) => value?.Json is not null ? null : new Refusal
    {
        Code = RefusalCode.MalformedRequest,
        Message = $"The command has no {member}.",
        Remedy = $"Send {member} as a JSON value.",
        Place = $"$.{member}",
    };

    private static Refusal? OfDraft(string draft)
    {
        if (Encoding.UTF8.GetByteCount(draft) > Limits.DraftBytes)
        {
            return new Refusal { Code = RefusalCode.PayloadTooLarge, Message = $"The draft is over {Limits.DraftBytes} bytes.", Remedy = "Shorten it; the one kept before stays.", Place = "$.draft" };
        }

        try
        {
            using var document = JsonDocument.Parse(draft, DraftOptions);
            if (IsSound(document.RootElement)) return null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException)
        {
            // Not JSON, too deep, or half a surrogate pair: one refusal tells them all.
        }

        return new Refusal
        {
            Code = RefusalCode.ValueOutOfRange,
            Message = $"The draft is not one JSON value of at most {Limits.JsonDepth} levels, or holds a NUL character or half a surrogate pair.",
            Remedy = "Send what the answer form makes; the draft kept before stays.",
            Place = "$.draft",
        };
    }

    private static bool IsSound(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => StorableText.Is(value.GetString()),
        JsonValueKind.Array => value.EnumerateArray().All(IsSound),
        JsonValueKind.Object => value.EnumerateObject().All(member => StorableText.Is(member.Name) && IsSound(member.Value)),
        _ => true,
    };
}
