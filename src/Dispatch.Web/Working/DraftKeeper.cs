using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Web.Refusals;
using Dispatch.Web.Sessions;

namespace Dispatch.Web.Working;

/// <summary>
/// Keeps the draft of the task on the screen: in this browser with every change, and on the server in the first pause. What the server has
/// confirmed is taken out of the browser. One save is on its way at a time, so that versions arrive in their order after an interruption too.
/// </summary>
/// <param name="remembered">The browser's memory.</param>
/// <param name="time">Clock.</param>
public sealed class DraftKeeper(Remembered remembered, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    // Another tab saves the same draft: a few steps ahead of it, the last one who typed is kept.
    private const int StepOver = 10;
    private const int TriesMax = 3;
    private const string Here = "draft kept in this browser; it goes to the server when the line is back";

    private WorkerConnection? _connection;
    private AssignmentMessage? _task;
    private JsonText? _latest;
    private long _version;
    private int _ticket;
    private bool _isSaving;

    /// <summary>What became of the draft changed.</summary>
    public event Action? Changed;

    /// <summary>How the draft stands, in words; empty while nothing is to be said.</summary>
    public string State { get; private set; } = "";

    /// <summary>Whether the browser says that there is no line; the server then cannot have the draft.</summary>
    public bool IsOffline { get; set; }

    /// <summary>Turns to a task.</summary>
    /// <param name="connection">The worker's connection.</param>
    /// <param name="task">The task; null for none.</param>
    /// <returns>The draft to go on with: the server's, or what this browser kept when it was left before the server had it.</returns>
    public JsonText? Begin(WorkerConnection connection, AssignmentMessage? task)
    {
        _ticket++;
        (_connection, _task, _latest, _version, State) = (connection, task, null, task?.DraftVersion ?? 0, "");
        var kept = Kept();
        if (kept.Count > 0 && connection.Snapshot is not null)
        {
            var held = connection.Held.Select(other => other.AssignmentId).ToHashSet();
            if (kept.Keys.Where(id => !held.Contains(id) && id != task?.AssignmentId).ToArray() is { Length: > 0 } gone)
            {
                foreach (var id in gone) kept.Remove(id);
                Keep(kept);
            }
        }

        if (task is null) return null;
        if (!kept.TryGetValue(task.AssignmentId, out var draft) || draft.Version < task.DraftVersion) return task.Draft;
        _ = ChangeAsync(new JsonText(draft.Json));
        return new JsonText(draft.Json);
    }

    /// <summary>The draft changed: kept here at once, and sent in the first pause.</summary>
    /// <param name="draft">The draft.</param>
    public async Task ChangeAsync(JsonText draft)
    {
        if (_task is not { } task) return;
        Leave(draft);
        State = IsOffline ? Here : "";
        var ticket = ++_ticket;
        await Task.Delay(Pause, time);

        // Only the last change of a quick series is sent.
        if (ticket == _ticket && _task?.AssignmentId == task.AssignmentId) await SaveAsync(task);
    }

    /// <summary>Keeps a draft in this browser, at once and without the network.</summary>
    /// <param name="draft">The draft.</param>
    public void Leave(JsonText draft)
    {
        if (_task is not { } task) return;
        _latest = draft;
        var kept = Kept();
        kept[task.AssignmentId] = new Local(draft.Json, _version + 1);
        Keep(kept);
    }

    /// <summary>No more is to be sent: the answer is on its way.</summary>
    public void Stop() => (_ticket, _latest) = (_ticket + 1, null);

    /// <summary>The task is over; nothing of it stays in this browser.</summary>
    /// <param name="assignmentId">The task.</param>
    public void Forget(Guid assignmentId)
    {
        var kept = Kept();
        if (kept.Remove(assignmentId)) Keep(kept);
    }

    private async Task SaveAsync(AssignmentMessage task)
    {
        if (_isSaving) return;
        _isSaving = true;
        try
        {
            for (var tries = 0; _latest is { } draft && _task?.AssignmentId == task.AssignmentId && tries < TriesMax;)
            {
                var result = await _connection!.SaveDraftAsync(task, draft, ++_version);
                if (_task?.AssignmentId != task.AssignmentId) break;
                if (result.Refusal is { Code: RefusalCode.StaleDraft })
                {
                    (_version, tries) = (_version + StepOver, tries + 1);
                    State = "draft not kept: another tab keeps changing it";
                    continue;
                }

                State = result.Refusal is null ? "draft kept" : $"draft not kept: {RefusalWords.Of(result.Refusal).Message}";
                if (!ReferenceEquals(_latest, draft) && _latest is not null) continue;
                _latest = null;
                if (result.Refusal is null) Forget(task.AssignmentId);
            }
        }
        catch (Exception failure) when (failure is DispatchRefusedException or OperationCanceledException)
        {
            // Signed out or left: the browser has it.
        }
        finally
        {
            _isSaving = false;
            Changed?.Invoke();
        }

        // Another task came while this one's draft was on its way, and has a draft of its own.
        if (_latest is not null && _task is { } now && now.AssignmentId != task.AssignmentId) await SaveAsync(now);
    }

    private Dictionary<Guid, Local> Kept() => Name is { } name ? remembered.Get<Dictionary<Guid, Local>>(name) ?? [] : [];

    private void Keep(Dictionary<Guid, Local> kept)
    {
        if (Name is { } name) remembered.Set(name, kept.Count == 0 ? null : kept);
    }

    private string? Name => _connection?.Snapshot is { } snapshot ? $"dispatch.drafts.{snapshot.WorkerId:N}" : null;

    /// <summary>A draft that the server has not confirmed.</summary>
    /// <param name="Json">The draft.</param>
    /// <param name="Version">The version it goes to the server with.</param>
    public sealed record Local(string Json, long Version);
}
