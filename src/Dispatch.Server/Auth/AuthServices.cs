using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Server.Api;
using Dispatch.Storage;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
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
    private static readonly object RefusalKey = new();
    private static readonly object ForbiddenKey = new();
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>Adds bearer authentication and a policy a role. An admin may do everything.</summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddDispatchAuth(this IServiceCollection services)
    {
        services.AddOptions<AuthOptions>().BindConfiguration("Dispatch:Auth").ValidateOnStart();
        services.AddSingleton<IValidateOptions<AuthOptions>, AuthOptionsValidator>();
        services.AddSingleton(provider => new TokenKey(MakeKey(provider.GetRequiredService<IOptions<AuthOptions>>().Value)));
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<Admissions>();
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<IOptions<AuthOptions>, TokenKey, TimeProvider>(Configure)
            .PostConfigure<TimeProvider, ILogger<AuthorityKeys>>((bearer, time, logger) =>
            {
                if (bearer.ConfigurationManager is not ConfigurationManager<OpenIdConnectConfiguration>) return;
                bearer.ConfigurationManager = new AuthorityKeys(bearer.MetadataAddress!, bearer.Backchannel, time, logger);
            });
        var authorization = services.AddAuthorizationBuilder();
        foreach (var role in Roles.All) authorization.AddPolicy(role, policy => policy.RequireRole(role, Roles.Admin));
        authorization.AddPolicy(Policies.Staff, policy => policy.RequireRole(Roles.Producer, Roles.Supervisor, Roles.Reviewer, Roles.Admin));
        authorization.AddPolicy(Policies.ReviewerOrSupervisor, policy => policy.RequireRole(Roles.Reviewer, Roles.Supervisor, Roles.Admin));
        authorization.AddPolicy(Policies.ProducerOrSupervisor, policy => policy.RequireRole(Roles.Producer, Roles.Supervisor, Roles.Admin));
        return services;
    }

    private static Refusal AuthorityAway { get; } = new()
    {
        Code = RefusalCode.OutcomeUnknown,
        Message = "The authority that vouches for tokens cannot be reached, so nobody knows whether yours is good; nothing was tried.",
        Remedy = "Send the same request again with the same token; if it goes on, tell the people who run this server.",
        RetryAfterMs = 5_000,
    };

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
            OnTokenValidated = AdmitAsync,
            OnChallenge = context =>
            {
                context.HandleResponse();
                if (context.AuthenticateFailure is not null && context.Options.ConfigurationManager is AuthorityKeys { IsAway: true })
                {
                    return Problems.WriteAsync(context.HttpContext, StatusCodes.Status503ServiceUnavailable, AuthorityAway);
                }

                if (context.HttpContext.Items[RefusalKey] is RefusedException refused)
                {
                    if (refused.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = "Bearer";
                    return Problems.WriteAsync(context.HttpContext, refused.Status, refused.Refusal);
                }

                context.Response.Headers.WWWAuthenticate = "Bearer";
                return Problems.WriteAsync(context.HttpContext, StatusCodes.Status401Unauthorized, new Refusal
                {
                    Code = RefusalCode.Unauthenticated,
                    Message = "The request carries no token, or one that is expired or not ours.",
                    Remedy = "Send 'Authorization: Bearer <token>' with a fresh token.",
                });
            },
            OnForbidden = context => Problems.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, context.HttpContext.Items[ForbiddenKey] as Refusal ?? new Refusal
            {
                Code = RefusalCode.Forbidden,
                Message = "Your roles do not allow this.",
                Remedy = "Ask an admin for the role that the API page names for this call.",
            }),
        };
    }

    /// <summary>
    /// A token outlives a deactivation and a change of roles, so the record decides (see <see cref="Admissions"/>). A worker's connection is made all the same, and its calls are refused
    /// with the reason: a client of SignalR cannot read the words of a connection that was refused.
    /// </summary>
    private static async Task AdmitAsync(TokenValidatedContext context)
    {
        var user = Lean(context.Principal!);
        context.Principal = user;
        if (context.SecurityToken is JsonWebToken token && token.TryGetHeaderValue<object>("crit", out _))
        {
            // An extension that must be understood (RFC 7515, 4.1.11), and there is none that this server understands.
            Refuse(context, StatusCodes.Status401Unauthorized, new Refusal
            {
                Code = RefusalCode.Unauthenticated,
                Message = "The token's header asks for an extension ('crit') that this server does not know.",
                Remedy = "Send a token without one.",
            });
            return;
        }

        if (context.Request.Path.StartsWithSegments("/hubs") && context.SecurityToken.ValidTo <= context.Options.TimeProvider!.GetUtcNow().UtcDateTime)
        {
            // A hub closes at 'exp' itself. Let in by the skew of clocks, each client came back once a second until that was over too.
            Refuse(context, StatusCodes.Status401Unauthorized, new Refusal
            {
                Code = RefusalCode.Unauthenticated,
                Message = "The token has expired.",
                Remedy = "Get a fresh one, and connect with it.",
            });
            return;
        }

        var isWorkerHub = context.Request.Path.StartsWithSegments("/hubs/worker");
        if (isWorkerHub) return;
        if (Admissions.SubjectOf(user) is not { } personId)
        {
            Refuse(context, StatusCodes.Status401Unauthorized, Admissions.NoIdentity);
            return;
        }

        PersonAccess? person;
        try
        {
            person = await FindAsync(personId, user, context.HttpContext);
        }
        catch (StoreUnavailableException)
        {
            Refuse(context, StatusCodes.Status503ServiceUnavailable, new Refusal
            {
                Code = RefusalCode.OutcomeUnknown,
                Message = "The database could not be asked whether you may do this; nothing was tried.",
                Remedy = "Send the same request again with the same Idempotency-Key.",
                RetryAfterMs = 1_000,
            });
            return;
        }

        if (person is null) Refuse(context, StatusCodes.Status403Forbidden, Admissions.Nobody);
        else if (!person.IsActive) Refuse(context, StatusCodes.Status403Forbidden, Admissions.Deactivated);
        else Narrow(context, user, person);
    }

    /// <summary>
    /// The record of a person. An admin's is made with the first token that names it, where tokens are signed with this installation's own key: whoever holds the key says who is an admin anyhow,
    /// and with a record an admin can be put out like anybody else. An authority's word is not enough for that: it knows people who have no business here.
    /// </summary>
    private static async Task<PersonAccess?> FindAsync(Guid personId, ClaimsPrincipal user, HttpContext context)
    {
        var admissions = context.RequestServices.GetRequiredService<Admissions>();
        if (await admissions.FindAsync(personId, context.RequestAborted) is { } person) return person;
        if (!user.IsInRole(Roles.Admin) || context.RequestServices.GetRequiredService<TokenKey>().Key is null) return null;
        await FirstAdmin.EnsureAsync(personId, context.RequestServices, context.RequestAborted);
        return await admissions.FindAsync(personId, context.RequestAborted);
    }

    private static void Refuse(TokenValidatedContext context, int status, Refusal refusal)
    {
        context.HttpContext.Items[RefusalKey] = new RefusedException(status, refusal);
        context.Fail(refusal.Message);
    }

    private static void Narrow(TokenValidatedContext context, ClaimsPrincipal user, PersonAccess person)
    {
        string[] token = [.. user.FindAll(RoleClaim).Select(role => role.Value)];
        context.HttpContext.Items[ForbiddenKey] = Admissions.Lacking(person, token);
        context.Principal = Principal([user.FindFirst(NameClaim)!, .. Admissions.Effective(token, person).Select(role => new Claim(RoleClaim, role))]);
    }

    /// <summary>Who, and in which roles: all that anybody asks for. A connection keeps its principal as long as it lives, and with the whole one the token and a dozen claims.</summary>
    private static ClaimsPrincipal Lean(ClaimsPrincipal whole) =>
        Principal(whole.Claims.Where(claim => claim.Type is NameClaim or RoleClaim).Select(claim => new Claim(claim.Type, claim.Value)));

    private static ClaimsPrincipal Principal(IEnumerable<Claim> claims) => new(new ClaimsIdentity(claims, JwtBearerDefaults.AuthenticationScheme, NameClaim, RoleClaim));

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
