using System.Data.Common;
using Dispatch.Contracts;
using Dispatch.Server.Api;
using Dispatch.Server.Auth;
using Dispatch.Storage;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>
/// Brings the database up to date before anything else starts, and waits for one that cannot be reached. Meanwhile the address is served by a program that knows one answer, so that whoever
/// watches the process learns that it lives, is not ready, and why.
/// </summary>
internal sealed class DatabaseStart(WebApplication app, string[] args, TextWriter words)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time = app.Services.GetRequiredService<TimeProvider>();

    /// <summary>Migrates; true when the process should go on to start.</summary>
    /// <exception cref="DatabaseAwayException">It stayed away, or refuses this server for good.</exception>
    public async Task<bool> PrepareAsync()
    {
        var limit = app.Services.GetRequiredService<IOptions<DispatchOptions>>().Value.DatabaseWait;
        var began = _time.GetTimestamp();
        WebApplication? waiting = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await app.Services.GetRequiredService<IDispatchStore>().MigrateAsync(CancellationToken.None);
                    await FirstAdmin.EnsureAsync(app.Services, CancellationToken.None);
                    return true;
                }
                catch (Exception failure) when (IsOfTheDatabase(failure))
                {
                    if (!MayPass(failure)) throw new DatabaseAwayException($"The database refuses this server: {Reason(failure)}");
                    var pause = TimeSpan.FromTicks(Math.Min(PauseMax.Ticks, PauseMin.Ticks * attempt));
                    if (_time.GetElapsedTime(began) + pause > limit) throw new DatabaseAwayException($"The database cannot be reached, for {limit} now: {Reason(failure)}");
                    await words.WriteLineAsync($"Dispatch waits for its database ({attempt}): {Reason(failure)} The next try is in {pause.TotalSeconds:0} s.");
                    waiting ??= await WaitingAsync();
                    var stopping = waiting.Lifetime.ApplicationStopping;
                    try
                    {
                        await Task.Delay(pause, _time, stopping);
                    }
                    catch (OperationCanceledException) when (stopping.IsCancellationRequested)
                    {
                        return false;
                    }
                }
            }
        }
        finally
        {
            if (waiting is not null)
            {
                await waiting.StopAsync();
                await waiting.DisposeAsync();
            }
        }
    }

    /// <summary>Whether the database is behind a failure, however deep.</summary>
    /// <param name="failure">The failure.</param>
    public static bool IsOfTheDatabase(Exception failure) => failure switch
    {
        DbException or StoreUnavailableException => true,
        AggregateException many => many.InnerExceptions.Any(IsOfTheDatabase),
        _ => failure.InnerException is { } inner && IsOfTheDatabase(inner),
    };

    /// <summary>The reason in one line, without a stack.</summary>
    /// <param name="failure">The failure.</param>
    public static string Reason(Exception failure) => Innermost(failure) is { } inner && inner != failure && inner.Message != failure.Message
        ? $"{OneLine(failure.Message)} ({OneLine(inner.Message)})"
        : OneLine(failure.Message);

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();

    private static Exception Innermost(Exception failure) => failure.InnerException is { } inner ? Innermost(inner) : failure;

    /// <summary>What it says of who asks (a wrong password) or for what (no such database) does not pass by waiting. A SQL that fails does not either.</summary>
    private static bool MayPass(Exception failure) => failure switch
    {
        DbException { SqlState: { } state } => state.StartsWith("57", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal),
        Microsoft.Data.Sqlite.SqliteException => false,
        _ => failure.InnerException is not { } inner || MayPass(inner),
    };

    private async Task<WebApplication> WaitingAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        var waiting = builder.Build();
        waiting.MapGet("/health/live", () => "live");
        waiting.MapGet("/health/ready", () => Results.Text("the database cannot be reached", statusCode: StatusCodes.Status503ServiceUnavailable));
        waiting.MapFallback(context => Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, new Refusal
        {
            Code = RefusalCode.OutcomeUnknown,
            Message = "The server waits for its database; nothing was tried.",
            Remedy = "Send the same request again with the same Idempotency-Key.",
            RetryAfterMs = 2_000,
        }));
        foreach (var url in app.Urls) waiting.Urls.Add(url);
        await waiting.StartAsync();
        return waiting;
    }
}

/// <summary>The server does not start, because of its database. The message is a sentence for the operator.</summary>
/// <param name="message">Why.</param>
internal sealed class DatabaseAwayException(string message) : Exception(message);
