using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Dispatch.Web.Sessions;

/// <summary>Who is signed in, in this tab.</summary>
/// <param name="Name">Name.</param>
/// <param name="Role">Role chosen.</param>
/// <param name="Token">Bearer token.</param>
public sealed record Person(string Name, string Role, string Token);

/// <summary>The signed-in person, kept in the tab's session storage so that a reload goes on where it was.</summary>
public sealed class Session(IJSRuntime js, DispatchApi api, NavigationManager navigation)
{
    private const string Key = "dispatch.person";

    /// <summary>Somebody signed in or out.</summary>
    public event Action? Changed;

    /// <summary>Who; null before sign-in.</summary>
    public Person? Current { get; private set; }

    /// <summary>The page somebody of a role begins at.</summary>
    /// <param name="role">The role.</param>
    public static string HomeOf(string role) => role switch
    {
        "worker" => "/work",
        "reviewer" => "/review",
        _ => "/supervise",
    };

    /// <summary>Reads what the tab remembers.</summary>
    public async Task<Person?> RestoreAsync()
    {
        if (Current is not null) return Current;
        var text = await js.InvokeAsync<string?>("sessionStorage.getItem", Key);
        return text is null ? null : Set(JsonSerializer.Deserialize<Person>(text));
    }

    /// <summary>Signs in.</summary>
    /// <param name="person">Who.</param>
    public async Task SignInAsync(Person person)
    {
        await js.InvokeVoidAsync("sessionStorage.setItem", Key, JsonSerializer.Serialize(person));
        Set(person);
    }

    /// <summary>Signs out.</summary>
    public async Task SignOutAsync()
    {
        await js.InvokeVoidAsync("sessionStorage.removeItem", Key);
        Set(null);
    }

    /// <summary>Settings of a hub connection of this person.</summary>
    public WorkerConnectionOptions ConnectionOptions() => new()
    {
        Server = new Uri(navigation.BaseUri),
        AccessToken = () => Task.FromResult(Current?.Token),
    };

    private Person? Set(Person? person)
    {
        Current = person;
        api.Token = person?.Token;
        Changed?.Invoke();
        return person;
    }
}
