using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>What tests send.</summary>
internal static class Requests
{
    public static JsonText ChooseFirst { get; } = new("""{"choice":"1"}""");

    public static CreateProjectRequest Preference(string name) => new()
    {
        Name = name,
        Form = new FormSpec
        {
            Type = "preference",
            Settings = new JsonText("""{"tie":true}"""),
            Binding = new JsonText("""{"id":"task_id","prompt":"prompt","responses":["response_a","response_b"],"known":"gold"}"""),
        },
        Instructions = "Choose the better one.",
        Quality = Open,
    };

    /// <summary>The standard policy with gold that is revealed: figures are told to the bit, and at once.</summary>
    public static QualityPolicy Open { get; } = new() { Gold = new GoldPolicy { Reveal = true } };

    public static MemoryStream Lines(int count) => new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, count)
        .Select(i => $$"""{"task_id":"t/{{i}}","prompt":"p {{i}}","response_a":"a {{i}}","response_b":"b {{i}}"}""" + "\n"))));

    /// <summary>The response that <see cref="Golds"/> know to be right.</summary>
    public const string Right = "the right one";

    /// <summary>Lines with a known answer.</summary>
    public static MemoryStream Golds(int count, string name) => new(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, count)
        .Select(i => $$"""{"task_id":"{{name}}/{{i}}","prompt":"p {{i}}","response_a":"{{Right}}","response_b":"b {{i}}","gold":"a"}""" + "\n"))));

    /// <summary>The right response, known by its text wherever it is shown, or another; the first shown where the task has no right one.</summary>
    public static JsonText Choose(AssignmentMessage task, bool right)
    {
        using var content = JsonDocument.Parse(task.Content.Json);
        var responses = content.RootElement.GetProperty("responses").EnumerateArray().ToArray();
        var chosen = responses.FirstOrDefault(response => response.GetProperty("text").GetString() == Right == right, responses[0]);
        return new JsonText($$"""{"choice":"{{chosen.GetProperty("key").GetString()}}"}""");
    }

    /// <summary>Waits until the connection holds something; fails with what it knows after the patience.</summary>
    public static async Task<AssignmentMessage> NextAsync(this Client.WorkerConnection connection, TimeSpan patience)
    {
        var arrived = new TaskCompletionSource<AssignmentMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnOffered(AssignmentMessage assignment) => arrived.TrySetResult(assignment);
        connection.Offered += OnOffered;
        try
        {
            return connection.Held is [var held, ..] ? held : await arrived.Task.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No task within {patience}; activity {connection.Activity}, connection {connection.State}.");
        }
        finally
        {
            connection.Offered -= OnOffered;
        }
    }
}
