using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Web.Refusals;
using Dispatch.Web.Sessions;
using MudBlazor;

namespace Dispatch.Web.Steering;

/// <summary>Asks, sends the command over the supervisor's hub, and says how it ended: the one way from a button to live work.</summary>
/// <param name="question">Asks.</param>
/// <param name="snackbar">Says.</param>
public sealed class SteeringDesk(Question question, ISnackbar snackbar)
{
    /// <summary>The connection of the page that steers.</summary>
    public SupervisorConnection? Connection { get; set; }

    /// <summary>Asks for confirmation and, where it takes work from people, a reason; then does it.</summary>
    /// <param name="title">The question.</param>
    /// <param name="verb">What the button says.</param>
    /// <param name="consequence">What will follow.</param>
    /// <param name="command">The command without operation id and answers.</param>
    /// <param name="asksReason">A reason is needed.</param>
    /// <param name="priority">Asks for a priority, starting from this one.</param>
    /// <param name="people">Asks for one of them.</param>
    /// <param name="reasonLabel">What the reason is called; null: as for what takes work from people.</param>
    /// <returns>True when it took effect.</returns>
    public async Task<bool> AskAsync(
        string title, string verb, string consequence, SupervisorCommand command, bool asksReason = true, int? priority = null, IReadOnlyList<WorkerPresenceDto>? people = null, string? reasonLabel = null)
    {
        var parameters = new DialogParameters<ConfirmDialog>
        {
            { dialog => dialog.Verb, verb },
            { dialog => dialog.Consequence, consequence },
            { dialog => dialog.AsksReason, asksReason },
            { dialog => dialog.AsksPriority, priority is not null },
            { dialog => dialog.Priority, priority ?? 0 },
            { dialog => dialog.People, people ?? [] },
        };
        if (reasonLabel is not null) parameters.Add(asking => asking.ReasonLabel, reasonLabel);
        if (await question.AskAsync(title, parameters) is not { } said) return false;
        return await SendAsync(title, command with
        {
            OperationId = ClientIds.New(),
            Reason = asksReason ? said.Reason : null,
            Priority = priority is null ? command.Priority : said.Priority,
            WorkerId = people is { Count: > 0 } ? said.Person : command.WorkerId,
        });
    }

    private async Task<bool> SendAsync(string asked, SupervisorCommand command)
    {
        if (Connection is null) return false;
        SupervisorResult result;
        try
        {
            result = await Connection.CommandAsync(command);
        }
        catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException or OperationCanceledException or Microsoft.AspNetCore.SignalR.HubException)
        {
            snackbar.Add("The connection broke before the answer. Look whether it took effect, and try again.", Severity.Warning);
            return false;
        }

        if (result.Refusal is { } refusal)
        {
            var words = RefusalWords.Of(refusal);
            snackbar.Add($"{words.Message} {words.Remedy}", Severity.Error);
            return false;
        }

        var left = result.TasksLeft > 0 ? $" {result.TasksLeft} left as they are: their batch is closed or canceled." : "";
        snackbar.Add($"{asked.TrimEnd('?')}: {Words(result)}{left}", Severity.Success);
        return true;
    }

    private static string Words(SupervisorResult result) => (result.AssignmentsEnded, result.TasksChanged) switch
    {
        (0, 0) => "done.",
        (var ended, 0) => $"done, {ended} taken back.",
        (0, var tasks) => $"done, {tasks} changed.",
        var (ended, tasks) => $"done, {tasks} changed, {ended} taken back.",
    };
}
