using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.LoadTests.Reports;

namespace Dispatch.LoadTests.Subjects.Dispatching;

/// <summary>Asks the server, after a measurement, what it knows about the people of the run.</summary>
/// <param name="http">A client whose base address is the server.</param>
/// <param name="api">The API, signed in.</param>
/// <param name="project">The project.</param>
internal sealed class PeopleReading(HttpClient http, DispatchApi api, Guid project)
{
    // Three calls each: a large run asks about as many as take a few seconds.
    private const int Most = 200;
    private const int AtOnce = 4;
    private const int TriesMax = 8;
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(250);

    private sealed record Person(bool IsSpammer, double Handling, double Waiting, long Answers, DateTimeOffset? First, DateTimeOffset? Acted, IReadOnlyList<string> Actions);

    /// <param name="people">The run's people, and whether each answers without looking.</param>
    /// <param name="batches">The run's batches.</param>
    /// <param name="since">Begin of the run.</param>
    /// <param name="stop">Gives up.</param>
    public async Task<ServerSide> ReadAsync(IEnumerable<(Guid Id, bool IsSpammer)> people, IReadOnlyList<Guid> batches, DateTimeOffset since, CancellationToken stop)
    {
        ConcurrentQueue<Person> read = new();
        ConcurrentDictionary<string, byte> notRead = new();
        var asked = people.OrderByDescending(person => person.IsSpammer).Take(Most).ToArray();
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (person, token) =>
        {
            if (await TriedAsync("people", () => OneAsync(person.Id, person.IsSpammer, since, token), notRead) is { } one) read.Enqueue(one);
        });
        var (gold, right) = (0L, 0.0);
        foreach (var batch in batches)
        {
            if (await TriedAsync("quality of batches", () => api.GetQualityAsync(batch, stop), notRead) is not { Accuracy: { } accuracy } quality) continue;
            gold += quality.GoldAnswers;
            right += quality.GoldAnswers * accuracy;
        }

        var found = read.Where(person => person.IsSpammer && person.Actions.Count > 0).ToArray();
        return new ServerSide
        {
            People = read.Count,
            HandlingSeconds = read.Sum(person => person.Handling),
            WaitingSeconds = read.Sum(person => person.Waiting),
            GoldAnswers = gold,
            GoldAccuracy = gold > 0 ? right / gold : null,
            Restrictions = read.SelectMany(person => person.Actions).GroupBy(action => action).ToDictionary(group => group.Key, group => group.Count()),
            Spammers = read.Count(person => person.IsSpammer && person.Answers > 0),
            SpammersFound = found.Length,
            FoundAfterSeconds = Median(found.Where(person => person is { First: not null, Acted: not null }).Select(person => Math.Max(0, (person.Acted!.Value - person.First!.Value).TotalSeconds))),
            FoundAnswers = Median(found.Select(person => (double)person.Answers)),
            HonestHit = read.Count(person => !person.IsSpammer && person.Actions.Count > 0),
            NotRead = [.. notRead.Keys.Order(StringComparer.Ordinal)],
        };
    }

    private async Task<Person> OneAsync(Guid id, bool isSpammer, DateTimeOffset since, CancellationToken stop)
    {
        var standing = await api.GetStandingAsync(id, project, stop);
        var actions = (await api.ListRestrictionsAsync(id, stop)).Where(action => action.ProjectId == project).ToArray();
        var ledger = await LedgerAsync(id, since, stop);
        return new Person(
            isSpammer, ledger.HandlingSeconds, ledger.WaitingSeconds, standing.Answers, standing.FirstAnswerAt, actions.Length > 0 ? actions.Min(action => action.CreatedAt) : null,
            [.. actions.Select(action => $"{action.Action} ({action.Rule})")]);
    }

    private async Task<LedgerView> LedgerAsync(Guid id, DateTimeOffset since, CancellationToken stop)
    {
        var span = $"from={Uri.EscapeDataString(since.ToString("O"))}&to={Uri.EscapeDataString(DateTimeOffset.UtcNow.ToString("O"))}";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"api/v1/workers/{id}/ledger?{span}", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", api.Token);
        using var response = await http.SendAsync(request, stop);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<LedgerView>(DispatchJson.Options, stop))!;
    }

    private static async Task<T?> TriedAsync<T>(string what, Func<Task<T>> read, ConcurrentDictionary<string, byte> notRead)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await read();
            }
            catch (Exception failure) when (failure is DispatchApiException or HttpRequestException)
            {
                // The server keeps a few of these at once, and asks to be asked again.
                if (attempt < TriesMax && failure is DispatchApiException { Status: 429 or 503 } or HttpRequestException { StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable })
                {
                    await Task.Delay(AskAgain * attempt);
                    continue;
                }

                notRead.TryAdd($"{what}: {failure.Message}", 0);
                return null;
            }
        }
    }

    private static double? Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length > 0 ? sorted[sorted.Length / 2] : null;
    }
}
