using System.Security.Claims;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Tests.Api;
using Dispatch.Server.Tests.BadInput;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Dispatch.Server.Tests.Hubs;

/// <summary>A token that expires under an open connection.</summary>
[Collection(nameof(HubServer))]
public sealed class ExpiryTests(HubServer server)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static string Token(Guid subject, DateTimeOffset expires) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "dispatch",
        Audience = "dispatch",
        Expires = expires.UtcDateTime,
        Subject = new ClaimsIdentity([new Claim("sub", $"{subject}"), new Claim("role", Roles.Worker)]),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Convert.FromBase64String(ApiHost.SigningKey)), SecurityAlgorithms.HmacSha256),
    });

    /// <summary>It cost a connection a second for half a minute, and the page said "connected" all the while.</summary>
    [Fact]
    public async Task ExpiredToken_EndsWithOneMessage_AndNoFurtherConnection()
    {
        var person = await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"expires {Guid.NewGuid():N}" });
        var token = Token(person.WorkerId, TimeProvider.System.GetUtcNow().AddSeconds(6));
        var told = new TaskCompletionSource<Refusal>(TaskCreationOptions.RunContinuationsAsynchronously);
        var (messages, resumed) = (0, 0);
        await using var worker = new WorkerConnection(new WorkerConnectionOptions { Server = server.Address, AccessToken = () => Task.FromResult<string?>(token), RetryFirst = TimeSpan.FromMilliseconds(1) });
        worker.Refused += refusal =>
        {
            Interlocked.Increment(ref messages);
            told.TrySetResult(refusal);
        };
        await worker.StartAsync();
        var position = worker.Snapshot;
        worker.Changed += () =>
        {
            if (Interlocked.Exchange(ref position, worker.Snapshot) != worker.Snapshot) Interlocked.Increment(ref resumed);
        };

        (await told.Task.WaitAsync(Patience)).Code.ShouldBe(RefusalCode.Unauthenticated);
        messages.ShouldBe(1);
        resumed.ShouldBe(0, "taken in again with an expired token");
    }
}
