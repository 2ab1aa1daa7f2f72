namespace Dispatch.Engine.Forms;

/// <summary>How prompts and completions of training lines are written. Readers of data sets infer one type a column, so a file has one shape.</summary>
public enum TrainingShape
{
    /// <summary>Each line by its own task: text where the prompt is one user turn or none, messages where it is a conversation. Not for files with both.</summary>
    ByTask,

    /// <summary>Text. A conversation becomes one text, each turn behind its role.</summary>
    Plain,

    /// <summary>Lists of messages with <c>role</c> and <c>content</c>. A prompt of one user turn becomes a list of one message.</summary>
    Conversational,
}
