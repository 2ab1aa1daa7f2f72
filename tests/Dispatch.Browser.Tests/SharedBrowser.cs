using Dispatch.TestKit;
using Microsoft.Playwright;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("Dispatch.Browser.Tests.SharedBrowser", "Dispatch.Browser.Tests")]

namespace Dispatch.Browser.Tests;

/// <summary>One driver and one Chromium for all tests of the assembly, ended with the run: starting both anew for each is processor time that proves nothing.</summary>
public sealed class SharedBrowser : XunitTestFramework
{
    private static readonly string[] Arguments =
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private static readonly Lazy<Task<IPlaywright>> Driver = new(Playwright.CreateAsync);
    private static readonly Lazy<Task<IBrowser>> Browser = new(LaunchAsync);

    public SharedBrowser(IMessageSink messages)
        : base(messages) => DisposalTracker.Add(new End());

    /// <summary>A context of a test's own: what its pages keep and cache is gone with it.</summary>
    public static async Task<IBrowserContext> NewContextAsync() =>
        await (await Browser.Value).NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });

    private static async Task<IBrowser> LaunchAsync()
    {
        Assertions.SetDefaultExpectTimeout(BrowserTest.Patience);
        return await (await Driver.Value).Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Tools.Chromium, Args = Arguments });
    }

    private sealed class End : IDisposable
    {
        // The driver ends the browser it started.
        public void Dispose()
        {
            if (Driver is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } driver }) driver.Result.Dispose();
        }
    }
}
