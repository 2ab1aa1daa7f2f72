namespace Dispatch.Web.Forms;

/// <summary>Looks of a turn by its role. A role is a producer's text: it is shown, and never becomes a class of the page.</summary>
public static class TurnRole
{
    /// <summary>The class of a role.</summary>
    /// <param name="role">As the producer wrote it.</param>
    public static string Class(string? role) => role?.ToLowerInvariant() switch
    {
        "user" or "human" => "turn turn-user",
        "assistant" or "model" or "gpt" => "turn turn-assistant",
        "system" or "developer" => "turn turn-system",
        "tool" or "function" => "turn turn-tool",
        _ => "turn turn-other",
    };
}
