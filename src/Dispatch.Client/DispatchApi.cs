using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;

namespace Dispatch.Client;

/// <summary>The API refused a call.</summary>
public sealed class DispatchApiException(int status, string code, string message, string remedy) : Exception($"{code}: {message} {remedy}")
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>Refusal code, in snake_case.</summary>
    public string Code { get; } = code;

    /// <summary>What was refused and why, without the code.</summary>
    public string Text { get; } = message;

    /// <summary>What to do about it.</summary>
    public string Remedy { get; } = remedy;
}

/// <summary>The HTTP API, typed. Every state-changing call carries a fresh Idempotency-Key unless one is given.</summary>
/// <param name="http">A client whose base address is the server.</param>
/// <param name="time">Clock of the pause before a call is repeated that was one too many in a second; the system's when left out.</param>
public sealed partial class DispatchApi(HttpClient http, TimeProvider? time = null)
{
    private const int BusyTries = 5;
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(1);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Token of all calls that follow.</summary>
    public string? Token { get; set; }

    /// <summary>A token from the development door.</summary>
    /// <param name="request">For whom.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<DevTokenDto> GetDevTokenAsync(DevTokenRequest request, CancellationToken cancellation = default) =>
        SendAsync<DevTokenDto>(HttpMethod.Post, "api/v1/dev/token", request, null, cancellation);

    /// <summary>Creates a project.</summary>
    /// <param name="request">The project.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Guid> CreateProjectAsync(CreateProjectRequest request, string? key = null, CancellationToken cancellation = default) =>
        (await SendAsync<CreatedDto>(HttpMethod.Post, "api/v1/projects", request, key, cancellation)).Id;

    /// <summary>Replaces name, form settings, binding, instructions, lease and policies of a project.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="request">The project as it is to be.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ProjectDto> UpdateProjectAsync(Guid projectId, CreateProjectRequest request, string? key = null, CancellationToken cancellation = default) =>
        SendAsync<ProjectDto>(HttpMethod.Put, $"api/v1/projects/{projectId}", request, key, cancellation);

    /// <summary>Lists projects.</summary>
    /// <param name="cancellation">Gives up.</param>
    public Task<PageDto<ProjectDto>> ListProjectsAsync(CancellationToken cancellation = default) =>
        SendAsync<PageDto<ProjectDto>>(HttpMethod.Get, "api/v1/projects", null, null, cancellation);

    /// <summary>Creates a batch.</summary>
    /// <param name="projectId">Its project.</param>
    /// <param name="request">The batch.</param>
    /// <param name="key">Idempotency key.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Guid> CreateBatchAsync(Guid projectId, CreateBatchRequest request, string? key = null, CancellationToken cancellation = default) =>
        (await SendAsync<CreatedDto>(HttpMethod.Post, $"api/v1/projects/{projectId}/batches", request, key, cancellation)).Id;

    /// <summary>Reads a batch with its counters.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BatchDto> GetBatchAsync(Guid batchId, CancellationToken cancellation = default) =>
        SendAsync<BatchDto>(HttpMethod.Get, $"api/v1/batches/{batchId}", null, null, cancellation);

    /// <summary>Opens, pauses, drains or closes a batch. <see cref="SupervisorConnection.CommandAsync"/> does the same with a reason.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="action">open, pause, drain or close.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<BatchDto> ChangeBatchAsync(Guid batchId, string action, CancellationToken cancellation = default) =>
        SendAsync<BatchDto>(HttpMethod.Post, $"api/v1/batches/{batchId}/{action}", null, null, cancellation);

    /// <summary>Imports JSON lines.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="lines">The body.</param>
    /// <param name="mode">keep-good or all-or-nothing.</param>
    /// <param name="key">Idempotency key: give the same to resume.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<ImportDto> ImportAsync(Guid batchId, Stream lines, string mode = "keep-good", string? key = null, CancellationToken cancellation = default) =>
        SendAsync<ImportDto>(HttpMethod.Post, $"api/v1/batches/{batchId}/imports?mode={mode}", Lines(lines), key, cancellation);

    /// <summary>Changes overlap or priority of tasks, one object a line.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="lines">The body.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<IReadOnlyList<LineErrorDto>> PatchTasksAsync(Guid batchId, Stream lines, CancellationToken cancellation = default) =>
        SendAsync<IReadOnlyList<LineErrorDto>>(HttpMethod.Patch, $"api/v1/batches/{batchId}/tasks", Lines(lines), null, cancellation);

    /// <summary>Reads an assignment (supervisors).</summary>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<AssignmentDto> GetAssignmentAsync(Guid assignmentId, CancellationToken cancellation = default) =>
        SendAsync<AssignmentDto>(HttpMethod.Get, $"api/v1/assignments/{assignmentId}", null, null, cancellation);

    /// <summary>Exports the answers of a batch.</summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="format">jsonl, csv, trl-preference or trl-unpaired.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Stream> ExportAsync(Guid batchId, string format = "jsonl", CancellationToken cancellation = default)
    {
        using var request = Request(HttpMethod.Get, $"api/v1/batches/{batchId}/export?format={format}", null);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await ThrowIfRefusedAsync(response, cancellation);
        return await response.Content.ReadAsStreamAsync(cancellation);
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, string? key, CancellationToken cancellation)
    {
        key ??= ClientIds.New().ToString();
        for (var tries = 1; ; tries++)
        {
            using var request = Request(method, path, key);
            request.Content = body switch
            {
                null => null,
                HttpContent content => content,
                _ => JsonContent.Create(body, body.GetType(), mediaType: null, DispatchJson.Options),
            };
            using var response = await http.SendAsync(request, cancellation);

            // Nothing was tried of a call that is one too many in a second. A body that streams was read, so its caller sends it again.
            if (response.StatusCode == HttpStatusCode.TooManyRequests && body is not HttpContent && tries < BusyTries)
            {
                await Task.Delay(response.Headers.RetryAfter?.Delta ?? BusyPause, _time, cancellation);
                continue;
            }

            await ThrowIfRefusedAsync(response, cancellation);
            return (await response.Content.ReadFromJsonAsync<T>(DispatchJson.Options, cancellation))!;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? key)
    {
        var request = new HttpRequestMessage(method, path);
        if (Token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        if (method != HttpMethod.Get) request.Headers.Add("Idempotency-Key", key ?? ClientIds.New().ToString());
        return request;
    }

    private static StreamContent Lines(Stream lines)
    {
        var content = new StreamContent(lines);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return content;
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode) return;
        var text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            using var problem = JsonDocument.Parse(text);
            throw new DispatchApiException(
                (int)response.StatusCode,
                problem.RootElement.GetProperty("code").GetString() ?? "",
                problem.RootElement.GetProperty("title").GetString() ?? "",
                problem.RootElement.GetProperty("remedy").GetString() ?? "");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DispatchApiException((int)response.StatusCode, "unreadable", $"The server answered {(int)response.StatusCode} without a problem.", "Check the address.");
        }
    }
}
