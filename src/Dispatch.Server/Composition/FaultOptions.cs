using System.Diagnostics;
using Dispatch.Grains;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>Section <c>Dispatch:Faults</c>, for tests of crashes; refused outside Development.</summary>
public sealed class FaultOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Dispatch:Faults";

    /// <summary>Place at which the process kills itself, by its name in <see cref="FaultPlace"/>; none when empty. Default none.</summary>
    public string? KillAt { get; set; }

    /// <summary>How often the place is passed before that. Default 0.</summary>
    public int Passes { get; set; }

    /// <summary>How far the clock of this process is off. What matters is judged by the clock of the database. Default none.</summary>
    public TimeSpan ClockOffset { get; set; }
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class FaultOptionsValidator(IHostEnvironment environment) : IValidateOptions<FaultOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FaultOptions options)
    {
        List<string> faults = [];
        if (options.ClockOffset != TimeSpan.Zero && !environment.IsDevelopment()) faults.Add($"{FaultOptions.Section}:ClockOffset would falsify the clock of this process: take it away, it is for tests in Development.");
        if (string.IsNullOrEmpty(options.KillAt)) return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
        if (!environment.IsDevelopment()) faults.Add($"{FaultOptions.Section}:KillAt would kill this process: take it away, it is for tests in Development.");
        if (!Enum.TryParse<FaultPlace>(options.KillAt, out _)) faults.Add($"{FaultOptions.Section}:KillAt is '{options.KillAt}': use one of {string.Join(", ", Enum.GetNames<FaultPlace>())}.");
        if (options.Passes < 0) faults.Add($"{FaultOptions.Section}:Passes is {options.Passes}: use 0 or more.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

/// <summary>A clock that is off: its timers run as ever.</summary>
internal sealed class ShiftedTime(TimeSpan offset) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;

    public static TimeProvider From(IServiceProvider services) =>
        services.GetRequiredService<IOptions<FaultOptions>>().Value.ClockOffset is var offset && offset != TimeSpan.Zero ? new ShiftedTime(offset) : System;
}

/// <summary>Kills the process at a place, as a power cut would: nothing is flushed, nobody is told.</summary>
internal sealed class KillingFaults(FaultPlace at, int passes) : IFaultPoint
{
    private int _passed;

    public void Reach(FaultPlace place)
    {
        if (place == at && Interlocked.Increment(ref _passed) > passes) Process.GetCurrentProcess().Kill();
    }

    public static IFaultPoint From(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<FaultOptions>>().Value;
        return Enum.TryParse<FaultPlace>(options.KillAt, out var at) ? new KillingFaults(at, options.Passes) : new NoFaults();
    }
}
