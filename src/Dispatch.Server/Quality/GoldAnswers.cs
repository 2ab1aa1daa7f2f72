using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;

namespace Dispatch.Server.Quality;

/// <summary>Whether accepted answers are such that answers to a task can be scored by them.</summary>
internal static class GoldAnswers
{
    /// <summary>
    /// The accepted answers in canonical form, checked against the task that they are for; or what is wrong. Asked before anything is stored: gold that does not fit
    /// its task would judge everybody who meets it by something that nobody could have answered.
    /// </summary>
    /// <param name="known">As sent.</param>
    /// <param name="content">Canonical content of the task.</param>
    /// <param name="form">The project's form.</param>
    /// <param name="fault">What is wrong; null when nothing is.</param>
    public static string? Read(string known, string content, ICompiledForm form, out string? fault)
    {
        fault = null;
        if (Encoding.UTF8.GetByteCount(known) > Limits.AnswerBytes)
        {
            fault = "The accepted answers are too large.";
            return null;
        }

        try
        {
            var canonical = form.ReadKnown(content, known);
            if (canonical is null) fault = "The accepted answers do not fit the form, or not this task: its responses, its text, its scale.";
            return canonical;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            fault = "The accepted answers do not fit the form.";
            return null;
        }
    }
}
