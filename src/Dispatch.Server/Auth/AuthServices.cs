using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Server.Api;
using Dispatch.Storage;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Auth;

/// <summary>The key that signs and checks tokens of this process; null when an authority does.</summary>
/// <param name="Key">The key.</param>
public sealed record TokenKey(SymmetricSecurityKey? Key);

/// <summary>Who may come in, and as what.</summary>
public static class AuthServices
{
    private const string NameClaim = "sub";
    private const string RoleClaim = "role";
    private static readonly object DeactivatedKey = new();
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Adds bearer authentication and a policy a role. An admin may do everything.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddDispatchAuth(this IServiceCollection services)
    {
        services.AddOptions<AuthOptions>().BindConfiguration("Dispatch:Auth").ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        services.AddSingleton(provider => new TokenKey(MakeKey(provider.GetRequiredService<IOptions<AuthOptions>>().Value)));
        services.AddSingleton<TokenIssuer>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthOptions>, TokenKey, TimeProvider>(Configure);
        var authorization = services.AddAuthorizationBuilder();
        foreach (var role in Roles.All) authorization.AddPolicy(role, policy => policy.RequireRole(role, Roles.Admin));
        authorization.AddPolicy(Policies.Staff, policy => policy.RequireRole(Roles.Producer, Roles.Supervisor, Roles.Reviewer, Roles.Admin));
        authorization.AddPolicy(Policies.ReviewerOrSupervisor, policy => policy.RequireRole(Roles.Reviewer, Roles.Supervisor, Roles.Admin));
        authorization.AddPolicy(Policies.ProducerOrSupervisor, policy => policy.RequireRole(Roles.Producer, Roles.Supervisor, Roles.Admin));
        return services;
    }

    private static void Configure(JwtBearerOptions bearer, IOptions<AuthOptions> options, TokenKey key, TimeProvider time)
    {
        bearer.MapInboundClaims = false;

        // Nobody asks for it again, and it would stay in memory as long as its connection.
        bearer.SaveToken = false;
        bearer.TimeProvider = time;
        bearer.Audience = options.Value.Audience;
        bearer.Authority = options.Value.Authority;
        bearer.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = options.Value.Audience,
            ValidIssuer = options.Value.Authority is null ? options.Value.Issuer : null,
            IssuerSigningKey = key.Key,
            ClockSkew = ClockSkew,
            NameClaimType = NameClaim,
            RoleClaimType = RoleClaim,

            // Pinned: a token that names another algorithm (none, for one) is not even looked at.
            ValidAlgorithms = key.Key is null ? [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256] : [SecurityAlgorithms.HmacSha256],
        };
        bearer.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                // Browsers cannot set headers on WebSockets. Only hubs read the query, and request logs leave it out.
                if (context.Request.Path.StartsWithSegments("/hubs") && context.Request.Query["access_token"] is [{ Length: > 0 } token]) context.Token = token;
                return Task.CompletedTask;
            },
            OnTokenValidated = RefuseDeactivatedAsync,
            OnChallenge = context =>
            {
                context.HandleResponse();
                if (context.HttpContext.Items.ContainsKey(DeactivatedKey))
                {
                    return Problems.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, new Refusal
                    {
                        Code = RefusalCode.WorkerDeactivated,
                        Message = "You were deactivated; your token opens nothing more.",
                        Remedy = "Ask a supervisor to activate you again.",
                    });
                }

                context.Response.Headers.WWWAuthenticate = "Bearer";
                return Problems.WriteAsync(context.HttpContext, StatusCodes.Status401Unauthorized, new Refusal
                {
                    Code = RefusalCode.Unauthenticated,
                    Message = "The request carries no token, or one that is expired or not ours.",
                    Remedy = "Send 'Authorization: Bearer <token>' with a fresh token.",
                });
            },
            OnForbidden = context => Problems.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, new Refusal
            {
                Code = RefusalCode.Forbidden,
                Message = "Your roles do not allow this.",
                Remedy = "Ask an admin for the role that the API page names for this call.",
            }),
        };
    }

    // A token outlives a deactivation, so the record decides. The worker hub asks the worker's own grain instead.
    private static async Task RefuseDeactivatedAsync(TokenValidatedContext context)
    {
        context.Principal = Lean(context.Principal!);
        if (context.Request.Path.StartsWithSegments("/hubs/worker") || !Guid.TryParse(context.Principal?.FindFirst("sub")?.Value, out var id)) return;
        var store = context.HttpContext.RequestServices.GetRequiredService<IDispatchStore>();
        if (await store.GetWorkerAsync(id, context.HttpContext.RequestAborted) is not { IsActive: false }) return;
        context.HttpContext.Items[DeactivatedKey] = true;
        context.Fail("The worker was deactivated.");
    }

    /// <summary>Who, and in which roles: all that anybody asks for. A connection keeps its principal as long as it lives, and with the whole one the token and a dozen claims.</summary>
    private static ClaimsPrincipal Lean(ClaimsPrincipal whole) =>
        new(new ClaimsIdentity(whole.Claims.Where(claim => claim.Type is NameClaim or RoleClaim).Select(claim => new Claim(claim.Type, claim.Value)), JwtBearerDefaults.AuthenticationScheme, NameClaim, RoleClaim));

    private static SymmetricSecurityKey? MakeKey(AuthOptions options)
    {
        if (options.Authority is not null) return null;
        return new SymmetricSecurityKey(options.SigningKey is { } key ? Convert.FromBase64String(key) : RandomNumberGenerator.GetBytes(48));
    }
}

/// <summary>Policies that are not simply a role.</summary>
public static class Policies
{
    /// <summary>Producers and supervisors.</summary>
    public const string ProducerOrSupervisor = "producer-or-supervisor";

    /// <summary>Everybody but annotators.</summary>
    public const string Staff = "staff";

    /// <summary>Reviewers and supervisors.</summary>
    public const string ReviewerOrSupervisor = "reviewer-or-supervisor";
}
