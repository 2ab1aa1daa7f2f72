using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Server.Tests.MainJob;
using Dispatch.Storage;

namespace Dispatch.Server.Tests.Quality;

/// <summary>Whether gold is revealed is decided by the producer: nothing reveals it by being left out, and what was decided stays.</summary>
public sealed class RevealDecisionTests
{
    [Fact]
    public async Task LeftOut_IsHidden_AndTheAnswerSaysSo()
    {
        await using var server = await ServerHarness.StartAsync();
        var created = await CreateAsync(server, new QualityPolicy());
        created.Notes.ShouldHaveSingleItem().ShouldContain("Gold is hidden", Case.Sensitive);
        (await StoredAsync(server, created.Id)).ShouldBe(false);
    }

    [Theory]
    [InlineData(true, "workers learn after each gold")]
    [InlineData(false, "nothing tells workers which task was gold")]
    public async Task Decided_IsSaidBack(bool reveal, string words)
    {
        await using var server = await ServerHarness.StartAsync();
        var created = await CreateAsync(server, new QualityPolicy { Gold = new GoldPolicy { Reveal = reveal } });
        created.Notes.ShouldHaveSingleItem().ShouldContain(words, Case.Sensitive);
        (await StoredAsync(server, created.Id)).ShouldBe(reveal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [InlineData(null)]
    public async Task Change_ThatSaysNothing_KeepsWhatWasDecided(bool? decided)
    {
        await using var server = await ServerHarness.StartAsync();
        var created = await CreateAsync(server, new QualityPolicy { Gold = new GoldPolicy { Reveal = decided ?? false } });
        var stored = (await server.Store.GetProjectAsync(created.Id, CancellationToken.None))!;

        using var client = ClientOf(server);

        // A project from before it had to be decided.
        if (decided is null) await server.Store.UpdateProjectAsync(stored with { Quality = new QualityPolicy() }, null, Operation(), CancellationToken.None);
        var request = Requests.Preference(stored.Name) with { Instructions = "New words.", Quality = new QualityPolicy { Discount = 0.9 } };
        (await SendAsync(client, HttpMethod.Put, $"/api/v1/projects/{created.Id}", request)).EnsureSuccessStatusCode();
        (await StoredAsync(server, created.Id)).ShouldBe(decided);
    }

    private static HttpClient ClientOf(ServerHarness server)
    {
        var client = new HttpClient { BaseAddress = server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Api.Token);
        return client;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, CreateProjectRequest body)
    {
        using var message = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body, options: DispatchJson.Options) };
        message.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        return await client.SendAsync(message);
    }

    private static async Task<CreatedDto> CreateAsync(ServerHarness server, QualityPolicy quality)
    {
        using var client = ClientOf(server);
        using var response = await SendAsync(client, HttpMethod.Post, "/api/v1/projects", Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = quality });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<CreatedDto>(DispatchJson.Options))!;
    }

    private static async Task<bool?> StoredAsync(ServerHarness server, Guid project) => (await server.Store.GetProjectAsync(project, CancellationToken.None))!.Quality.Gold.Reveal;

    private static Operation Operation() => new() { ActorId = Guid.NewGuid(), OperationId = Guid.NewGuid(), PayloadHash = [], Kind = "test" };
}
