using System.Text.Json.Serialization;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Forms.Choice;
using Dispatch.Engine.Forms.Correction;
using Dispatch.Engine.Forms.Preference;
using Dispatch.Engine.Forms.Ranking;
using Dispatch.Engine.Forms.Rating;
using Dispatch.Engine.Forms.Spans;
using Dispatch.Server.Bounds;
using Dispatch.Server.Export;
using Dispatch.Server.Import;
using Dispatch.Server.Quality;
using Dispatch.Server.Supervision;
using Dispatch.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Scalar.AspNetCore;

namespace Dispatch.Server.Api;

/// <summary>The HTTP API, version 1.</summary>
public static class ApiServices
{
    /// <summary>Adds what the API needs.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddDispatchApi(this IServiceCollection services)
    {
        // Without it a gzip body that breaks off reads like one that ends there, and half a file would be imported as the whole. Read once, at the first use of a DeflateStream.
        AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);
        services.AddOpenApi("v1", OpenApiNotes.Add);
        services.ConfigureHttpJsonOptions(options =>
        {
            DispatchJson.Apply(options.SerializerOptions);

            // What a body says must be what is read: no unknown members, no member twice, no null where none is meant, no "3" for 3.
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            options.SerializerOptions.AllowDuplicateProperties = false;
            options.SerializerOptions.RespectNullableAnnotations = true;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<IAnswerForm, PreferenceForm>();
        services.AddSingleton<IAnswerForm, RatingForm>();
        services.AddSingleton<IAnswerForm, RankingForm>();
        services.AddSingleton<IAnswerForm, ChoiceForm>();
        services.AddSingleton<IAnswerForm, CorrectionForm>();
        services.AddSingleton<IAnswerForm, SpansForm>();
        services.AddSingleton<FormCatalog>();
        services.TryAddSingleton(new ImportLimits());
        services.AddOptions<BoundsOptions>().BindConfiguration(BoundsOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BoundsOptions>, BoundsOptionsValidator>();
        services.AddSingleton<CallRates>();
        services.AddSingleton<LongCalls>();
        services.AddSingleton<FlagDesk>();
        services.AddSingleton<AskAgainDesk>();
        services.AddSingleton<SupervisorDesk>();
        services.AddSingleton<Ledgers>();
        services.AddSingleton(provider => new Pseudonyms(provider.GetRequiredService<IDispatchStore>()));
        services.AddSingleton<AnswerDesk>();
        services.AddSingleton<ReviewDesk>();
        services.AddSingleton<GoldDesk>();
        return services;
    }

    /// <summary>Maps the endpoints, the OpenAPI document and the page to browse it.</summary>
    /// <param name="app">The application.</param>
    public static void MapDispatchApi(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api/v1"), calls => calls.UseMiddleware<CallRateMiddleware>().UseMiddleware<RequestText>());
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/api", options => options.WithTitle("Dispatch API").DisableDefaultFonts());
        var api = app.MapGroup("/api/v1").AddEndpointFilter(RequireKeyAsync);
        ProjectEndpoints.Map(api);
        BatchEndpoints.Map(api);
        ImportEndpoints.Map(api);
        ExportEndpoints.Map(api);
        WorkerEndpoints.Map(api);
        AnswerEndpoints.Map(api);
        SupervisionEndpoints.Map(api);
        ExplanationEndpoints.Map(api);
        ReviewEndpoints.Map(api);
        DisputeEndpoints.Map(api);
        GoldEndpoints.Map(api);
        GateEndpoints.Map(api);
        StandingEndpoints.Map(api);
        FlagEndpoints.Map(api);
        ExamEndpoints.Map(api);
        LeaderboardEndpoints.Map(api);
        QualityEndpoints.Map(api);
        if (app.Environment.IsDevelopment()) DevEndpoints.Map(api);
        UnmatchedEndpoint.Map(app, api);
    }

    /// <summary>No state-changing call without its operation id, whether or not its endpoint looks at it; and no condition and no query parameter that is passed over.</summary>
    private static ValueTask<object?> RequireKeyAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null) ApiCalls.Key(context);
        Preconditions.RefuseUnread(context);
        QueryParameters.RefuseUnread(context);
        return next(invocation);
    }
}
