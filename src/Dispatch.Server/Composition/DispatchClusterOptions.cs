using System.Net;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>
/// Section <c>Dispatch:Cluster</c>. How processes on one PostgreSQL find one another, and how soon a dead one is noticed: about
/// <see cref="ProbeTimeout"/> × <see cref="MissedProbes"/>, and then its grains are made anew where somebody calls them.
/// </summary>
public sealed class DispatchClusterOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Dispatch:Cluster";

    /// <summary>Processes with the same id on the same database are one cluster. Default dispatch.</summary>
    public string ClusterId { get; set; } = "dispatch";

    /// <summary>Address at which other processes reach this one's silo. Never a public one: whoever reaches it may call anything. Default 127.0.0.1.</summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>Port for other silos; 0 takes a free one. Default 0.</summary>
    public int SiloPort { get; set; }

    /// <summary>Port that is listened on when another one is told to the others, as behind a mapped port; 0 is <see cref="SiloPort"/>. Default 0.</summary>
    public int SiloListenPort { get; set; }

    /// <summary>Port for processes of the role gateway; 0 takes a free one. Default 0.</summary>
    public int GatewayPort { get; set; }

    /// <summary>How long a silo may take to answer a probe. Shorter finds the dead sooner and suspects the busy. Default 1 s, range 200 ms to 30 s.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes missed in a row before a silo is suspected. Default 3, range 1 to 10.</summary>
    public int MissedProbes { get; set; } = 3;

    /// <summary>Silos that must suspect one before it is declared dead; in a cluster of two, one is enough whatever this says. Default 2, range 1 to 5.</summary>
    public int Votes { get; set; } = 2;

    /// <summary>
    /// How often a silo writes that it lives. When most silos die at once nobody is left to vote, and those that start or survive go on without the dead after <see cref="MissedSigns"/> such writes were missed.
    /// Default 1 s, range 500 ms to 1 minute.
    /// </summary>
    public TimeSpan AliveEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Signs of life missed in a row before a silo counts as silent in the table. Default 4, range 2 to 100.</summary>
    public int MissedSigns { get; set; } = 4;

    /// <summary>How often the membership table is read without cause. Default 5 s, range 1 s to 5 minutes.</summary>
    public TimeSpan TableRefresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a process of the role gateway looks for silos. Default 5 s, range 1 s to 5 minutes.</summary>
    public TimeSpan GatewayRefresh { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a call between grains may take; after it the outcome is unknown, and repeats carry the same operation id. Default 5 s, range 1 s to 1 minute.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often leases are looked for that ran out while their batch was nowhere, because the process that had it died and nobody asked for work since. Default 1 minute, range 5 s to 10 minutes.
    /// </summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Calls that may wait for one grain; more are refused as busy. Default 10,000, range 100 to 1,000,000.</summary>
    public int CallsPerGrain { get; set; } = 10_000;

    /// <summary>Share of the processor (all cores) above which a silo refuses calls of clients, in percent; 0 never does. Default 95.</summary>
    public int ShedAboveCpuPercent { get; set; } = 95;
}

/// <summary>All faults at once, each with its remedy.</summary>
public sealed class DispatchClusterOptionsValidator : IValidateOptions<DispatchClusterOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DispatchClusterOptions options)
    {
        List<string> faults = [];
        if (string.IsNullOrWhiteSpace(options.ClusterId) || options.ClusterId.Length > 100) Fault(nameof(options.ClusterId), options.ClusterId, "use 1 to 100 characters");
        if (!IPAddress.TryParse(options.Address, out _)) Fault(nameof(options.Address), options.Address, "write an IP address of this machine");
        if (options.SiloPort is < 0 or > 65_535) Fault(nameof(options.SiloPort), options.SiloPort, "use 0 to 65535");
        if (options.SiloListenPort is < 0 or > 65_535) Fault(nameof(options.SiloListenPort), options.SiloListenPort, "use 0 to 65535");
        if (options.GatewayPort is < 0 or > 65_535) Fault(nameof(options.GatewayPort), options.GatewayPort, "use 0 to 65535");
        if (options.GatewayPort > 0 && options.GatewayPort == options.SiloPort) Fault(nameof(options.GatewayPort), options.GatewayPort, "use another port than SiloPort");
        Within(nameof(options.ProbeTimeout), options.ProbeTimeout, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
        if (options.MissedProbes is < 1 or > 10) Fault(nameof(options.MissedProbes), options.MissedProbes, "use 1 to 10");
        if (options.Votes is < 1 or > 5) Fault(nameof(options.Votes), options.Votes, "use 1 to 5");
        Within(nameof(options.AliveEvery), options.AliveEvery, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(1));
        if (options.MissedSigns is < 2 or > 100) Fault(nameof(options.MissedSigns), options.MissedSigns, "use 2 to 100");
        Within(nameof(options.TableRefresh), options.TableRefresh, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Within(nameof(options.GatewayRefresh), options.GatewayRefresh, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Within(nameof(options.CallTimeout), options.CallTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Within(nameof(options.SweepEvery), options.SweepEvery, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
        if (options.CallsPerGrain is < 100 or > 1_000_000) Fault(nameof(options.CallsPerGrain), options.CallsPerGrain, "use 100 to 1,000,000");
        if (options.ShedAboveCpuPercent is < 0 or > 100) Fault(nameof(options.ShedAboveCpuPercent), options.ShedAboveCpuPercent, "use 0 to 100");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;

        void Fault(string setting, object? value, string remedy) => faults.Add($"{DispatchClusterOptions.Section}:{setting} is '{value}': {remedy}.");

        void Within(string setting, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max) Fault(setting, value, $"use {min} to {max}");
        }
    }
}
