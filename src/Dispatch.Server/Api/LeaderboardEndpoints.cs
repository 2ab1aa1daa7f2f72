using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Dispatch.Server.Api;

/// <summary>The leaderboard for supervisors, and gates tried before they are saved.</summary>
internal static class LeaderboardEndpoints
{
    private const int RowsMax = 100;

    /// <summary>Evaluations that one backtest replays.</summary>
    private const int BacktestRowsMax = 2_000_000;

    public static void Map(RouteGroupBuilder api)
    {
        var board = api.MapGroup("").WithTags("Leaderboard");
        board.MapGet("/projects/{projectId:guid}/leaderboard", RowsAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Read the leaderboard of a project")
            .WithDescription("From the live board, best first: pass from (1 for the top) and count (at most 100). A supervisor sees everybody.");
        board.MapGet("/projects/{projectId:guid}/leaderboard/around", AroundAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Read the leaderboard around a worker")
            .WithDescription("The worker and the five before and behind. Pass the worker id as worker.");
        board.MapPost("/batches/{batchId:guid}/gate/what-if", TryAsync).RequireAuthorization(Roles.Supervisor).WithTags("Gates").WithSummary("What would this gate do?")
            .WithDescription("Nothing is saved. From the live board: who would enter, who would leave, how many golden answers an hour to expect, and how long the waiting golden work would take.");
        board.MapPost("/batches/{batchId:guid}/gate/backtest", BacktestAsync).RequireAuthorization(Roles.Supervisor).WithTags("Gates").WithSummary("How would this gate have done?")
            .WithDescription("Nothing is saved. Replays the recorded evaluations of the project under the gate: the accuracy that those it would have let in went on to show, with its error, against the pool and against a plain gate on the raw proportion.");
    }

    private static async Task<BoardView> RowsAsync(Guid projectId, int? from, int? count, HttpContext context, IDispatchStore store, [FromServices] IGrainFactory grains)
    {
        await RequireProjectAsync(projectId, store, context.RequestAborted);
        return await grains.GetGrain<ILeaderboardGrain>(projectId).From(
            ApiCalls.Range(from ?? 1, 1, int.MaxValue, "from"),
            ApiCalls.Range(count ?? RowsMax, 1, RowsMax, "count"),
            asker: null);
    }

    private static async Task<BoardView> AroundAsync(Guid projectId, Guid worker, HttpContext context, IDispatchStore store, [FromServices] IGrainFactory grains)
    {
        await RequireProjectAsync(projectId, store, context.RequestAborted);
        var view = await grains.GetGrain<ILeaderboardGrain>(projectId).Around(worker, count: 11);
        return view.Rows.Count > 0 ? view : throw Problems.Refuse(404, RefusalCode.UnknownWorker, "The worker is not on the board of this project.", "A worker has a place after the first answer.", "worker");
    }

    private static async Task<GateTrialDto> TryAsync(Guid batchId, GateTrialRequest request, HttpContext context, IDispatchStore store, [FromServices] IGrainFactory grains)
    {
        Check(request);
        var batch = await GoldenAsync(batchId, store, context.RequestAborted);
        var reply = await grains.GetGrain<ILeaderboardGrain>(batch.ProjectId).TryGate(JsonSerializer.Serialize(request, DispatchJson.Options), batchId);
        return JsonSerializer.Deserialize<GateTrialDto>(reply, DispatchJson.Options)!;
    }

    private static async Task<GateBacktestDto> BacktestAsync(Guid batchId, GateTrialRequest request, HttpContext context, IDispatchStore store)
    {
        Check(request);
        var batch = await GoldenAsync(batchId, store, context.RequestAborted);
        var project = (await store.GetProjectAsync(batch.ProjectId, context.RequestAborted))!;
        List<BacktestRow> rows = [];
        Dictionary<Guid, WorkerLabels> labels = [];
        await foreach (var row in store.LoadBoardAsync(batch.ProjectId, context.RequestAborted)) labels[row.Totals.WorkerId] = WorkerLabels.Parse(row.Labels);
        await foreach (var row in store.ExportEvaluationsAsync(batch.ProjectId, context.RequestAborted))
        {
            var evidence = Evidence.Of(row);
            if (evidence.Kind is EvidenceKind.Mask or EvidenceKind.Training) continue;
            if (rows.Count == BacktestRowsMax) throw Problems.Refuse(400, RefusalCode.PayloadTooLarge, $"The project has more than {BacktestRowsMax} evaluations.", "Backtest by an export instead.");
            rows.Add(new BacktestRow(row.WorkerId, row.Sequence, evidence.Kind, row.Score, row.Weight, row.CreatedAt));
        }

        // They come by worker; a backtest wants them as they happened.
        rows.Sort((left, right) => (left.At, left.WorkerId, left.Sequence).CompareTo((right.At, right.WorkerId, right.Sequence)));
        var prior = await store.GetPriorAsync(batch.ProjectId, context.RequestAborted);
        var result = Backtest.Run(
            Gate.From(request.Policy with { Version = batch.GateVersion + 1 }),
            rows,
            prior is null ? new AccuracyPrior(project.Quality.PriorMean, project.Quality.PriorStrength, 0) : new AccuracyPrior(prior.Mean, prior.Strength, prior.Version),
            project.Quality.Discount,
            labels: labels);
        return new GateBacktestDto
        {
            Evaluations = result.Evaluations,
            Workers = result.Workers,
            Admitted = result.Gate.Admitted,
            Inside = Estimate(result.Gate.Inside),
            Pool = Estimate(result.Pool),
            RawInside = Estimate(result.Raw?.Inside ?? default),
            Flaps = result.Gate.Flaps,
            RawFlaps = result.Raw?.Flaps ?? 0,
        };
    }

    private static void Check(GateTrialRequest request)
    {
        PolicyRefusals.Require(GateChecks.Check(request.Policy with { Version = 1 }), "$.policy.");
        ApiCalls.Range(request.ListMax, 0, RowsMax, "$.listMax");
    }

    private static AccuracyEstimateDto Estimate(AccuracyEstimate estimate) => new() { Count = estimate.Count, Accuracy = estimate.Accuracy, StandardError = estimate.StandardError };

    private static async Task RequireProjectAsync(Guid projectId, IDispatchStore store, CancellationToken cancellation)
    {
        if (await store.GetProjectAsync(projectId, cancellation) is null) throw Problems.NotFound(RefusalCode.UnknownProject, "project");
    }

    private static async Task<BatchRecord> GoldenAsync(Guid batchId, IDispatchStore store, CancellationToken cancellation)
    {
        var batch = await BatchEndpoints.FindAsync(batchId, store, cancellation);
        return batch.Tier == BatchTier.Golden ? batch : throw Problems.Refuse(409, RefusalCode.InvalidTransition, "Only a golden batch has a gate.", "Create the batch with tier golden.");
    }
}
