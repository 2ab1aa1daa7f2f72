using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.LoadTests.People;

namespace Dispatch.LoadTests.Subjects.Dispatching;

/// <summary>A project that was on the server before the run: its form, and what of it is open.</summary>
internal static class OwnProject
{
    /// <summary>Reads it; refuses one that cannot be pressed.</summary>
    public static async Task<(ProjectDto Project, FormAnswers Answers, IReadOnlyList<Guid> Open)> ReadAsync(HttpClient http, DispatchApi api, Guid id, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"api/v1/projects/{id}", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", api.Token);
        using var response = await http.SendAsync(request, stop);
        if (response.StatusCode == System.Net.HttpStatusCode.NotFound) throw new ArgumentException($"--project {id}: the server has no such project.");
        response.EnsureSuccessStatusCode();
        var project = (await response.Content.ReadFromJsonAsync<ProjectDto>(DispatchJson.Options, stop))!;
        if (!FormAnswers.Knows(project.Form.Type)) throw new ArgumentException($"--project {id}: no answers can be made up for its form '{project.Form.Type}'.");
        var open = (await BatchesAsync(api, id, stop)).Where(batch => batch.Status == BatchStatus.Open).Select(batch => batch.BatchId).ToArray();
        if (open.Length == 0) throw new ArgumentException($"--project {id}: \"{project.Name}\" has no open batch. Open one: {await OpenWorkAsync(api, id, stop)}.");
        return (project, new FormAnswers(project.Form.Type, project.Form.Settings.Json), open);
    }

    /// <summary>Batches of a project by status, in words.</summary>
    public static async Task<string> OpenWorkAsync(DispatchApi api, Guid project, CancellationToken stop)
    {
        var batches = await BatchesAsync(api, project, stop);
        if (batches.Count == 0) return "it has no batch at all";
        return "its batches: " + string.Join(", ", batches.GroupBy(batch => batch.Status).Select(group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()} with {group.Sum(batch => batch.Tasks - batch.Completed - batch.Canceled)} tasks to do"));
    }

    private static async Task<IReadOnlyList<BatchDto>> BatchesAsync(DispatchApi api, Guid project, CancellationToken stop)
    {
        List<BatchDto> batches = [];
        string? cursor = null;
        do
        {
            var page = await api.ListBatchesAsync(project, cursor, stop);
            batches.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return batches;
    }
}
