using System.Text.Json;
using Microsoft.JSInterop;

namespace Dispatch.Web.Sessions;

/// <summary>
/// What this browser remembers beyond a tab's life: settings of the page, and drafts until the server has them. Written before the call
/// returns, so that a page that is being left still can. A browser that keeps nothing (private mode, full) costs the memory and nothing else.
/// </summary>
/// <param name="js">The browser.</param>
public sealed class Remembered(IJSRuntime js)
{
    private readonly IJSInProcessRuntime _js = (IJSInProcessRuntime)js;

    /// <summary>What was remembered; null when nothing was, or it cannot be read any more.</summary>
    /// <param name="key">Its name.</param>
    public T? Get<T>(string key)
        where T : class
    {
        try
        {
            return _js.Invoke<string?>("localStorage.getItem", key) is { } text ? JsonSerializer.Deserialize<T>(text) : null;
        }
        catch (Exception failure) when (failure is JSException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Remembers, or forgets.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">The value; null forgets.</param>
    /// <returns>False when the browser does not keep it.</returns>
    public bool Set<T>(string key, T? value)
        where T : class
    {
        try
        {
            if (value is null) _js.InvokeVoid("localStorage.removeItem", key);
            else _js.InvokeVoid("localStorage.setItem", key, JsonSerializer.Serialize(value));
            return true;
        }
        catch (JSException)
        {
            return false;
        }
    }
}
