using Dispatch.Contracts;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Dispatch.Server.Api;

/// <summary>What holds for every call, written into the document once: token, operation key, version, problems.</summary>
internal static class OpenApiNotes
{
    private const string Scheme = "bearer";

    public static void Add(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Dispatch";
            document.Info.Description = "Tasks in, answers out. Calls that change something carry an Idempotency-Key; a repeat with the same key has one effect and one reply. Errors are problem details (RFC 9457) with a code, a place and a remedy.";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Scheme, BearerFormat = "JWT", Description = "sub is the worker id, role one or several of: " + string.Join(", ", Roles.All) + "." };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            var method = context.Description.HttpMethod;
            operation.Parameters ??= [];
            if (method is not "GET" && !metadata.OfType<IAllowAnonymous>().Any()) operation.Parameters.Add(Header("Idempotency-Key", required: true, $"Names this command, at most {Limits.IdempotencyKeyCharacters} characters. The same key with another request is refused with operation_conflict."));
            if (Preconditions.AreTaken(metadata)) operation.Parameters.Add(Header("If-Match", required: false, "The ETag that the GET gave. A change under an old version is refused with version_mismatch (412)."));
            if (!metadata.OfType<IAllowAnonymous>().Any()) operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [] }];
            operation.Responses ??= [];
            operation.Responses["default"] = new OpenApiResponse
            {
                Description = "Refused: code, place and remedy say what, where and what to do.",
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = Problem() } },
            };
            return Task.CompletedTask;
        });
    }

    private static OpenApiParameter Header(string name, bool required, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Required = required,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = Text("urn:dispatch:refusal: and the code"),
            ["title"] = Text("What was refused and why"),
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = Text("The remedy"),
            ["code"] = Text("From the closed set of refusal codes"),
            ["place"] = Text("Field path, header or parameter"),
            ["remedy"] = Text("What to do about it"),
            ["retryAfterMs"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Milliseconds to wait before trying again" },
        },
    };

    private static OpenApiSchema Text(string description) => new() { Type = JsonSchemaType.String, Description = description };
}
