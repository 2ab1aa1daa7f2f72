using Microsoft.Extensions.Options;

namespace Dispatch.Server.Bounds;

/// <summary>Section <c>Dispatch:Bounds</c>: what one person, and what all connections together, may ask of this process.</summary>
public sealed class BoundsOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Dispatch:Bounds";

    /// <summary>
    /// Calls a second that one person may make for long, on all connections to hubs and API of this process together. A fast annotator with several pages makes fewer than ten, a script
    /// that answers without a thought some hundreds. Default 1,000, range 1 to 1,000,000.
    /// </summary>
    public int CallsPerSecond { get; set; } = 1_000;

    /// <summary>Calls that one person may make at once after a pause; more are refused as busy until time has passed. Default 5,000, range 1 to 1,000,000.</summary>
    public int CallsAtOnce { get; set; } = 5_000;

    /// <summary>Connections of all people together, WebSockets apart. Default 20,000, range 10 to 1,000,000.</summary>
    public int Connections { get; set; } = 20_000;

    /// <summary>WebSockets of all people together. Default 100,000, range 10 to 1,000,000.</summary>
    public int WebSockets { get; set; } = 100_000;

    /// <summary>How long the headers of a request may take to come. Default 30 s, range 1 s to 5 minutes.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes a second below which a body that is sent, or a response that is read, is given up, after a grace of 5 s. Default 240, range 1 to 1,000,000. An export to somebody who reads slowly holds no
    /// connection to the database, but one of the places that <c>Limits.ExportsPerProcess</c> names.
    /// </summary>
    public int BytesPerSecondMin { get; set; } = 240;
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class BoundsOptionsValidator : IValidateOptions<BoundsOptions>
{
    private const int Most = 1_000_000;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, BoundsOptions options)
    {
        List<string> faults = [];
        Range(faults, nameof(options.CallsPerSecond), options.CallsPerSecond, 1);
        Range(faults, nameof(options.CallsAtOnce), options.CallsAtOnce, 1);
        Range(faults, nameof(options.Connections), options.Connections, 10);
        Range(faults, nameof(options.WebSockets), options.WebSockets, 10);
        Range(faults, nameof(options.BytesPerSecondMin), options.BytesPerSecondMin, 1);
        if (options.HeadersTimeout < TimeSpan.FromSeconds(1) || options.HeadersTimeout > TimeSpan.FromMinutes(5)) faults.Add($"{BoundsOptions.Section}:HeadersTimeout is {options.HeadersTimeout}: use 1 s to 5 minutes.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static void Range(List<string> faults, string setting, int value, int least)
    {
        if (value < least || value > Most) faults.Add($"{BoundsOptions.Section}:{setting} is {value}: use {least} to {Most}.");
    }
}
