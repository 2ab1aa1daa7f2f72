using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Server.Auth;

namespace Dispatch.Server.Demo;

/// <summary>
/// Brings another project to the front every while, by its batch's priority and over the API, as a supervisor would. Batches of equal priority
/// are worked off one after the other, and somebody who looks for ten minutes would see one form of six.
/// </summary>
internal sealed class DemoRotation(TokenIssuer tokens, IIdSource ids, TimeProvider time, Uri address)
{
    private const int Front = 10;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(20);

    public async Task TurnAsync(IReadOnlyList<Guid> projects, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = address };
        var actor = ids.NewId();
        BatchDto? front = null;
        try
        {
            using var timer = new PeriodicTimer(Every, time);
            for (var turn = 1; await timer.WaitForNextTickAsync(stop); turn++)
            {
                var api = new DispatchApi(http) { Token = tokens.Issue(actor, [Roles.Admin]).Token };
                front = await TurnOnceAsync(api, projects[turn % projects.Count], front, stop) ?? front;
            }
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
    }

    private static async Task<BatchDto?> TurnOnceAsync(DispatchApi api, Guid project, BatchDto? front, CancellationToken stop)
    {
        try
        {
            var next = (await api.ListBatchesAsync(project, cancellation: stop)).Items.FirstOrDefault(batch => batch is { Status: BatchStatus.Open, Tier: BatchTier.Standard, Priority: 0 });
            if (next is null) return null;
            await api.UpdateBatchAsync(next.BatchId, new UpdateBatchRequest { Priority = Front }, stop);

            // Who has set a priority by hand since then keeps it.
            if (front is not null && (await api.GetBatchAsync(front.BatchId, stop)).Priority == Front) await api.UpdateBatchAsync(front.BatchId, new UpdateBatchRequest { Priority = 0 }, stop);
            return next;
        }
        catch (Exception failure) when (failure is DispatchApiException or HttpRequestException)
        {
            // The server is busy, or somebody was quicker: the next turn comes soon.
            return null;
        }
    }
}
