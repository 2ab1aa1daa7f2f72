using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;

namespace Dispatch.LoadTests.Subjects.Dispatching;

/// <summary>
/// What a run made on a server that goes on running, and its clean-up: batches are canceled, people are taken out of the project and deactivated. No call removes a project or a person for
/// good: those stay, without work and without access.
/// </summary>
internal sealed class LeftBehind
{
    private const string Reason = "The load test that made it is over.";
    private const int AtOnce = 16;
    private readonly ConcurrentQueue<Guid> _batches = new();
    private readonly ConcurrentDictionary<Guid, byte> _people = new();
    private Guid? _admin;
    private Guid? _project;

    public IReadOnlyCollection<Guid> People => [.. _people.Keys];

    public void Project(Guid project) => _project = project;

    public void Batch(Guid batch) => _batches.Enqueue(batch);

    public void Person(Guid person) => _people.TryAdd(person, 0);

    /// <summary>The run's own admin, who goes last.</summary>
    public void Admin(Guid admin) => _admin = admin;

    /// <summary>Puts everything away that can be, and says what was and what was not.</summary>
    /// <param name="http">A client whose base address is the server.</param>
    /// <param name="api">The API, signed in.</param>
    /// <param name="project">The project the people were enrolled in.</param>
    public async Task<string> CleanAsync(HttpClient http, DispatchApi api, Guid project)
    {
        ConcurrentQueue<string> stays = new();
        var (batches, people) = (0, 0);
        foreach (var batch in _batches)
        {
            if (await TriedAsync($"batch {batch}", () => api.CancelBatchAsync(batch, Reason), stays)) batches++;
        }

        await Parallel.ForEachAsync(_people.Keys, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (person, _) =>
        {
            if (await TriedAsync($"person {person}", () => DismissAsync(http, api.Token!, person, project), stays)) Interlocked.Increment(ref people);
        });
        if (_admin is { } admin) await TriedAsync($"admin {admin}", () => DeactivateAsync(http, api.Token!, admin), stays);
        var kept = _project is { } made ? $" The project {made} stays, without open work: there is no call that removes one." : "";
        var failed = stays.IsEmpty ? "" : $" Not put away: {string.Join("; ", stays.Take(5))}{(stays.Count > 5 ? $"; and {stays.Count - 5} more" : "")}.";
        return $"Cleaned up: {batches} batches canceled, {people} people taken out of the project and deactivated.{kept}{failed}";
    }

    private static async Task DismissAsync(HttpClient http, string token, Guid person, Guid project)
    {
        await SendAsync(http, token, HttpMethod.Delete, $"api/v1/workers/{person}/projects/{project}", body: null);
        await DeactivateAsync(http, token, person);
    }

    private static Task DeactivateAsync(HttpClient http, string token, Guid person) => SendAsync(http, token, HttpMethod.Patch, $"api/v1/workers/{person}", new UpdateWorkerRequest { IsActive = false });

    private static async Task SendAsync(HttpClient http, string token, HttpMethod method, string path, UpdateWorkerRequest? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = JsonContent.Create(body, options: DispatchJson.Options);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var response = await http.SendAsync(request);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"the server said {(int)response.StatusCode}", null, response.StatusCode);
    }

    // A batch that is done cannot be canceled, and need not be.
    private static async Task<bool> TriedAsync(string what, Func<Task> act, ConcurrentQueue<string> stays)
    {
        const int TriesMax = 4;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await act();
                return true;
            }
            catch (DispatchApiException over) when (over.Code == "invalid_transition")
            {
                return true;
            }
            catch (Exception failure) when (failure is HttpRequestException or DispatchApiException or TaskCanceledException)
            {
                var isBusy = failure is DispatchApiException { Status: 429 or >= 500 } or HttpRequestException { StatusCode: System.Net.HttpStatusCode.TooManyRequests or >= System.Net.HttpStatusCode.InternalServerError };
                if (!isBusy || attempt == TriesMax)
                {
                    stays.Enqueue($"{what}: {failure.Message}");
                    return false;
                }

                await Task.Delay(TimeSpan.FromSeconds(attempt));
            }
        }
    }
}
