using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Dispatch.Web.Forms;

/// <summary>Keeps what goes wrong while a task is shown to that task: the page around it stays as it is.</summary>
public sealed class TaskBoundary : ErrorBoundaryBase
{
    /// <summary>Told once, when the task could not be shown.</summary>
    [Parameter]
    public EventCallback Failed { get; set; }

    /// <summary>Whether the task is not shown.</summary>
    public bool HasFailed => CurrentException is not null;

    /// <inheritdoc/>
    protected override Task OnErrorAsync(Exception exception)
    {
        // The reason is for whoever keeps the console; a person at work is told what to do instead.
        Console.WriteLine($"A task could not be shown. {exception}");
        return Failed.InvokeAsync();
    }

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        if (CurrentException is not { } failure) builder.AddContent(0, ChildContent);
        else if (ErrorContent is not null) builder.AddContent(1, ErrorContent(failure));
    }
}
