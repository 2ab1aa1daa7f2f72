using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Server.Quality;
using Dispatch.Storage;
using Microsoft.AspNetCore.Mvc;

namespace Dispatch.Server.Api;

/// <summary>Quality of batches and of the workers of a project.</summary>
internal static class QualityEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var quality = api.MapGroup("").WithTags("Quality");
        quality.MapGet("/batches/{batchId:guid}/quality", LiveAsync).RequireAuthorization(Policies.Staff).WithSummary("Read the live quality of a batch: accuracy, agreement, handling times")
            .WithDescription("Kept up to date with every answer and verdict; says when it was taken.");
        quality.MapGet("/batches/{batchId:guid}/report", ReportAsync).RequireAuthorization(Policies.Staff).WithSummary("Recompute the agreement of a batch from its rows")
            .WithDescription("Krippendorff's α, Fleiss' κ and Gwet's AC1 for each scale of the form; α with a distance of whole answers for rankings (Kendall), corrections (edits) and spans (characters), from the first 2,000 tasks. Where there is no α, reason says why. With dawidSkene=true also a Dawid–Skene fit with the error rates of each worker: for reports, no part of any standing.");
    }

    private static async Task<BatchQualityView> LiveAsync(Guid batchId, HttpContext context, IDispatchStore store, FormCatalog forms, [FromServices] IGrainFactory grains)
    {
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var view = await grains.GetGrain<IBatchGrain>(batchId).GetQuality()
            ?? throw Problems.Refuse(503, RefusalCode.Busy, "The batch is being loaded.", "Ask again in a second.");
        var (_, form) = await ProjectForms.ReadAsync(batch.ProjectId, store, forms, context.RequestAborted);

        // Answers that are compared as wholes are read for it: nobody else pays for comparing texts.
        return form.Distance is null ? view : view with { Agreement = await BatchReports.LiveByDistanceAsync(batchId, form, store, context.RequestAborted) };
    }

    private static async Task<BatchReportDto> ReportAsync(Guid batchId, bool? dawidSkene, HttpContext context, IDispatchStore store, FormCatalog forms)
    {
        var batch = await BatchEndpoints.FindAsync(batchId, store, context.RequestAborted);
        var (_, form) = await ProjectForms.ReadAsync(batch.ProjectId, store, forms, context.RequestAborted);
        return await BatchReports.MakeAsync(batch, form, dawidSkene ?? false, store, context.RequestAborted);
    }
}
