using Dispatch.Grains;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Auth;

/// <summary>
/// The keys of the authority that vouches for tokens. They are fetched when first needed, once a day, and when a token names a key that is not among them, so that a rotation is noticed by the
/// first token of the new key: the library's own manager does that at most every five minutes, and in the background. Whatever is asked of here, the authority is asked at most once
/// every <see cref="AskEvery"/>, so tokens with made-up keys cannot be turned into a flood. While keys were never had, nobody can tell whether a token is good.
/// </summary>
/// <param name="address">Address of the authority's metadata.</param>
/// <param name="channel">How it is reached.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Log.</param>
internal sealed class AuthorityKeys(string address, HttpClient channel, TimeProvider time, ILogger<AuthorityKeys> logger) : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>The least time between two questions.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Fresh = TimeSpan.FromDays(1);
    private readonly RareLog _log = new(time, logger);
    private readonly Lock _lock = new();
    private readonly HttpDocumentRetriever _documents = new(channel) { RequireHttps = true };
    private volatile OpenIdConnectConfiguration? _keys;
    private volatile bool _isWanted;
    private Task? _asking;
    private long _askedAt;
    private long _hadAt;

    /// <summary>Whether keys were asked for in vain and there are none.</summary>
    public bool IsAway => _keys is null && _asking is { IsCompleted: true };

    /// <summary>Has the keys fetched if there are none; whether there are any then.</summary>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<bool> HasAnyAsync(CancellationToken cancellation)
    {
        try
        {
            await GetConfigurationAsync(cancellation);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        if (_keys is { } kept && !_isWanted && time.GetElapsedTime(_hadAt) < Fresh) return kept;
        await AskOnceAsync().WaitAsync(cancel);
        return _keys ?? throw new InvalidOperationException("The authority that vouches for tokens cannot be reached.");
    }

    /// <inheritdoc/>
    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) => await GetConfigurationAsync(cancel);

    /// <inheritdoc/>
    public override void RequestRefresh() => _isWanted = true;

    /// <summary>However many wait, the authority is asked once.</summary>
    private Task AskOnceAsync()
    {
        lock (_lock)
        {
            if (_asking is { IsCompleted: false } || (_asking is not null && time.GetElapsedTime(_askedAt) < AskEvery)) return _asking;
            _askedAt = time.GetTimestamp();
            return _asking = AskAsync();
        }
    }

    private async Task AskAsync()
    {
        try
        {
            _keys = await OpenIdConnectConfigurationRetriever.GetAsync(address, _documents, CancellationToken.None);
            (_hadAt, _isWanted) = (time.GetTimestamp(), false);
        }
        catch (Exception failure)
        {
            // Keys that were had before go on to count: an authority that is away for an hour signs nothing anew either.
            _log.SayAway("Fetching the keys of the authority that vouches for tokens", failure);
        }
    }
}
