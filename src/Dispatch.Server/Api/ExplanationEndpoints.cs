using System.Globalization;
using System.Text.Json;
using CsvHelper;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Supervision;
using Dispatch.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Dispatch.Server.Api;

/// <summary>Why a task is not assigned, why a worker gets nothing, and what a worker did with the time.</summary>
internal static class ExplanationEndpoints
{
    private const int IdleAsked = 500;
    private const int EventsTold = 100;

    public static void Map(RouteGroupBuilder api)
    {
        var reading = api.MapGroup("").WithTags("Explanations");
        reading.MapGet("/batches/{batchId:guid}/tasks/explain", ExplainTaskAsync).RequireAuthorization(Policies.ProducerOrSupervisor).WithSummary("Why is this task not assigned? Position, estimated wait, what bars it from whom, and its history")
            .WithDescription("Asked of the live batch with the rules that match, about up to 500 idle workers of the project. Pass the producer's key as key.");
        reading.MapGet("/workers/{workerId:guid}/explain", ExplainWorkerAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Why does this worker get nothing?")
            .WithDescription("The worker sees the same reasons in the console.");
        reading.MapGet("/workers/{workerId:guid}/ledger", LedgerAsync).RequireAuthorization(Roles.Supervisor).WithSummary("Read a worker's time")
            .WithDescription("Handling, partial (worked on what then ran out, was handed back or withdrawn), breaks, and waiting. Intervals do not overlap. Derived from committed rows: asked again, it says the same. format=csv for a spreadsheet.");
    }

    private static async Task<TaskExplanationDto> ExplainTaskAsync(Guid batchId, string? key, HttpContext context, IDispatchStore store, [FromServices] IGrainFactory grains)
    {
        if (string.IsNullOrEmpty(key)) throw Problems.Refuse(400, RefusalCode.MalformedRequest, "The question names no task.", "Pass the producer's key as key.", "key");
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var task = await store.FindTaskAsync(batchId, key, context.RequestAborted) ?? throw Problems.NotFound(RefusalCode.UnknownTask, "task");
        var idle = await grains.GetGrain<IMatchmakerGrain>(batch.ProjectId).Idle(IdleAsked);
        var live = await grains.GetGrain<IBatchGrain>(batchId).ExplainTask(task.TaskId, idle) ?? new TaskExplanation();
        double? wait = live is { Position: { } position, AnswersLastMinute: > 0 } ? (position + 1) * task.Overlap * 60.0 / live.AnswersLastMinute : null;
        return new TaskExplanationDto
        {
            Key = task.Key,
            State = task.State,
            BatchStatus = batch.Status,
            Overlap = task.Overlap,
            Answers = task.Answers,
            Held = task.Held,
            Position = live.Position,
            EstimatedWaitSeconds = wait,
            KeptFor = live.KeptFor,
            KeptUntil = live.KeptUntil,
            IdleWorkers = [.. live.IdleBarred.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new BarredDto(JsonNamingPolicy.SnakeCaseLower.ConvertName(pair.Key), pair.Value))],
            Summary = Summary(batch, task, live, idle.Count),
            History = [.. (await store.ListTaskEventsAsync(task.TaskId, EventsTold, context.RequestAborted)).Select(Dto)],
        };
    }

    private static TaskEventDto Dto(TaskEvent happened) => new() { At = happened.At, ActorId = happened.ActorId, Rule = happened.Rule, Kind = happened.Kind, Words = happened.Words };

    private static async Task<IdleExplanation> ExplainWorkerAsync(Guid workerId, HttpContext context, IDispatchStore store, [FromServices] IGrainFactory grains)
    {
        // The grain would speak to the worker, of a token; the one who asks here is somebody else.
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        return await grains.GetGrain<IWorkerGrain>(workerId).WhyNothing();
    }

    private static string Summary(BatchRecord batch, TaskRow task, TaskExplanation live, int idle)
    {
        if (task.State == TaskState.Completed) return "It has all its answers.";
        if (task.State == TaskState.DeadLetter) return "Too many workers failed it: it is a dead letter, and waits for a supervisor to requeue or cancel it.";
        if (task.State == TaskState.Canceled) return "It was canceled.";
        if (batch.Status != BatchStatus.Open) return $"Its batch is {batch.Status.ToString().ToLowerInvariant()}, and hands out nothing.";
        if (batch.Tier == BatchTier.Golden) return "It is golden: reserved for workers whose standing passes the gate of the batch.";
        if (task.Answers + task.Held >= task.Overlap) return "Every answer it still needs is being worked on.";
        if (live.KeptFor is not null) return "It is kept for one worker for the moment.";
        if (idle == 0) return live.Position is { } position ? position switch { 0 => "Nobody is idle; it is the next of its batch.", 1 => "Nobody is idle; 1 task of the batch goes before it.", _ => $"Nobody is idle; {position} tasks of the batch go before it." } : "Nobody is idle.";
        return live.IdleBarred.GetValueOrDefault("None") > 0 ? "It is on its way to an idle worker." : $"{idle} workers are idle, but none of them may have it.";
    }

    private static async Task<IResult> LedgerAsync(Guid workerId, DateTimeOffset from, DateTimeOffset to, string? format, HttpContext context, IDispatchStore store, Ledgers ledgers)
    {
        if (format is not (null or "json" or "csv")) throw Problems.Refuse(400, RefusalCode.ValueOutOfRange, "There is no such format of a ledger.", "Use json or csv.", "format");
        if (await store.GetWorkerAsync(workerId, context.RequestAborted) is null) throw Problems.NotFound(RefusalCode.UnknownWorker, "worker");
        var ledger = await ledgers.ReadAsync(ApiCalls.Actor(context), workerId, from, to, context.RequestAborted);
        if (ledger.Refusal is { } refusal) throw new RefusedException(refusal.Code == RefusalCode.Busy ? 429 : 400, refusal);
        return format == "csv" ? Results.Text(Csv(ledger), "text/csv") : Results.Ok(ledger);
    }

    private static string Csv(LedgerView ledger)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using var csv = new CsvWriter(text, CultureInfo.InvariantCulture);
        foreach (var column in (string[])["kind", "from", "to", "seconds"]) csv.WriteField(column);
        csv.NextRecord();
        foreach (var entry in ledger.Entries)
        {
            csv.WriteField(entry.Kind);
            csv.WriteField(entry.From.ToString("O", CultureInfo.InvariantCulture));
            csv.WriteField(entry.To.ToString("O", CultureInfo.InvariantCulture));
            csv.WriteField((entry.To - entry.From).TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));
            csv.NextRecord();
        }

        csv.Flush();
        return text.ToString();
    }
}
