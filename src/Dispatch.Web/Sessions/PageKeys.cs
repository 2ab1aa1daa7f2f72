using Microsoft.JSInterop;

namespace Dispatch.Web.Sessions;

/// <summary>A page's share of the keyboard, and of the focus (see <c>keys.js</c>).</summary>
public sealed class PageKeys : IAsyncDisposable
{
    /// <summary>The name under which Enter, or Ctrl+Enter from a box of several lines, comes.</summary>
    public const string Submit = "Submit";

    private readonly IJSInProcessObjectReference _module;
    private string _used = "";

    private PageKeys(IJSInProcessObjectReference module) => _module = module;

    /// <summary>Listens; the page's <c>OnKey(key, item)</c> is called with each key that it uses.</summary>
    /// <param name="js">The browser.</param>
    /// <param name="page">The page.</param>
    /// <param name="isGone">Whether the page is gone: whoever has not signed in is sent to do so before the script is there, and nobody would listen any more.</param>
    /// <returns>Null when the page is gone.</returns>
    public static async Task<PageKeys?> ListenAsync<T>(IJSRuntime js, DotNetObjectReference<T> page, Func<bool> isGone)
        where T : class
    {
        var module = await js.InvokeAsync<IJSInProcessObjectReference>("import", "./js/keys.js");
        if (isGone())
        {
            module.Dispose();
            return null;
        }

        module.InvokeVoid("listen", page);
        return new PageKeys(module);
    }

    /// <summary>Says what is on the screen, and the keys it has a use for.</summary>
    /// <param name="item">What is on the screen; its keys carry this name.</param>
    /// <param name="keys">The keys, letters small.</param>
    /// <param name="settle">For so long after the item came, no key is meant for it.</param>
    public void Use(string item, IReadOnlyList<string> keys, TimeSpan settle = default)
    {
        var used = $"{item}\n{string.Join('\n', keys)}";
        if (used == _used) return;
        _used = used;
        _module.InvokeVoid("use", item, keys, settle.TotalMilliseconds);
    }

    /// <summary>Puts the focus on what has come, unless the person is busy elsewhere.</summary>
    /// <param name="selector">The heading.</param>
    public void Arrive(string selector) => _module.InvokeVoid("arrive", selector);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _module.InvokeVoid("stop");
        _module.Dispose();
        return ValueTask.CompletedTask;
    }
}
