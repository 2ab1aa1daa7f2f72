using System.Text.Json.Serialization;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Forms.Preference;
using Dispatch.Engine.Forms.Rating;
using Dispatch.Server.Export;
using Dispatch.Server.Import;
using Scalar.AspNetCore;

namespace Dispatch.Server.Api;

/// <summary>The HTTP API, version 1.</summary>
public static class ApiServices
{
    /// <summary>Adds what the API needs.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddDispatchApi(this IServiceCollection services)
    {
        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Dispatch";
            document.Info.Description = "Tasks in, answers out. Calls that change something carry an Idempotency-Key; errors are problem details with a code, a place and a remedy.";
            return Task.CompletedTask;
        }));
        services.ConfigureHttpJsonOptions(options =>
        {
            DispatchJson.Apply(options.SerializerOptions);
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<IAnswerForm, PreferenceForm>();
        services.AddSingleton<IAnswerForm, RatingForm>();
        services.AddSingleton<FormCatalog>();
        return services;
    }

    /// <summary>Maps the endpoints, the OpenAPI document and the page to browse it.</summary>
    /// <param name="app">The application.</param>
    public static void MapDispatchApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapScalarApiReference("/api", options => options.WithTitle("Dispatch API").DisableDefaultFonts());
        var api = app.MapGroup("/api/v1");
        ProjectEndpoints.Map(api);
        BatchEndpoints.Map(api);
        ImportEndpoints.Map(api);
        ExportEndpoints.Map(api);
        WorkerEndpoints.Map(api);
        if (app.Environment.IsDevelopment()) DevEndpoints.Map(api);
        api.Map("/{**rest}", () => Results.NotFound()).ExcludeFromDescription();
    }
}
