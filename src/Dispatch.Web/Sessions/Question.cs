using Dispatch.Web.Steering;
using MudBlazor;

namespace Dispatch.Web.Sessions;

/// <summary>Asks before something is done that cannot be undone. One question at a time, and none outlives what it is about.</summary>
/// <param name="dialogs">The dialogs.</param>
public sealed class Question(IDialogService dialogs)
{
    private static readonly DialogOptions Options = new() { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };

    private IDialogReference? _open;

    /// <summary>Asks.</summary>
    /// <param name="title">The question.</param>
    /// <param name="parameters">The rest of it.</param>
    /// <returns>What was said; null when it was left.</returns>
    public async Task<ConfirmDialog.Confirmation?> AskAsync(string title, DialogParameters<ConfirmDialog> parameters)
    {
        Withdraw();
        var dialog = await dialogs.ShowAsync<ConfirmDialog>(title, parameters, Options);
        _open = dialog;
        var result = await dialog.Result;
        if (ReferenceEquals(_open, dialog)) _open = null;
        return result is { Canceled: false, Data: ConfirmDialog.Confirmation said } ? said : null;
    }

    /// <summary>What the question was about is over: it is taken off the screen, unanswered.</summary>
    public void Withdraw()
    {
        _open?.Close(DialogResult.Cancel());
        _open = null;
    }
}
