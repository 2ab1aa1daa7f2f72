namespace Dispatch.Server.Edge;

/// <summary>Headers by which a browser keeps what it shows apart from other sites. Every response has them, refusals included.</summary>
internal static class ResponseHeaders
{
    private const string BrowsePage = "/api";

    /// <summary>Adds the headers. Comes before everything that answers.</summary>
    /// <param name="app">The application.</param>
    public static void UseDispatchHeaders(this WebApplication app)
    {
        var (consoles, browse) = (Policies(InlineScripts.HashesIn(app.Environment.WebRootFileProvider.GetFileInfo("index.html"))), Policies(null));
        app.UseWhen(context => IsBrowsePage(context.Request.Path), branch => branch.UseSecurityHeaders(browse));
        app.UseWhen(context => !IsBrowsePage(context.Request.Path), branch => branch.UseSecurityHeaders(consoles));
        app.Use(async (context, next) =>
        {
            // Lists of people, answers and tokens are nobody's to keep: no proxy's, and no browser's after sign-out.
            if (context.Request.Path.StartsWithSegments("/api/v1") || context.Request.Path.StartsWithSegments("/hubs")) context.Response.Headers.CacheControl = "no-store";
            await next(context);
        });
    }

    private static bool IsBrowsePage(PathString path) => path.StartsWithSegments(BrowsePage) && !path.StartsWithSegments("/api/v1");

    /// <param name="inlineScripts">Digests of the scripts that may stand in a document; null lets any do so, for the browse page.</param>
    private static HeaderPolicyCollection Policies(IReadOnlyList<string>? inlineScripts) => new HeaderPolicyCollection()
        .AddFrameOptionsDeny()
        .AddContentTypeOptionsNoSniff()
        .AddReferrerPolicyNoReferrer()
        .AddCrossOriginOpenerPolicy(policy => policy.SameOrigin())
        .AddCrossOriginResourcePolicy(policy => policy.SameOrigin())
        .AddStrictTransportSecurityMaxAge()
        .AddPermissionsPolicyWithDefaultSecureDirectives()
        .AddContentSecurityPolicy(policy =>
        {
            policy.AddDefaultSrc().Self();
            policy.AddObjectSrc().None();
            policy.AddBaseUri().Self();
            policy.AddFormAction().Self();
            policy.AddFrameAncestors().None();
            policy.AddImgSrc().Self().Data();
            policy.AddFontSrc().Self().Data();
            policy.AddConnectSrc().Self();

            // Components and the browse page set styles on elements.
            policy.AddStyleSrc().Self().UnsafeInline();

            // WebAssembly is compiled in the page. The browse page's library writes its script into the document; nothing of a producer or a worker ever stands there.
            var scripts = policy.AddScriptSrc().Self();
            if (inlineScripts is null)
            {
                scripts.UnsafeInline();
                return;
            }

            scripts.WasmUnsafeEval();
            foreach (var hash in inlineScripts) scripts.WithHash256(hash);
        });
}
