using System.Globalization;

namespace Dispatch.LoadTests.Running.Joining;

/// <summary>The generators beside this process: those it starts itself, and those that join by hand.</summary>
internal sealed class OtherGenerators : IAsyncDisposable
{
    private readonly List<ChildServer> _children = [];
    private GeneratorDoor? _door;

    public IReadOnlyList<RemoteGenerator> All { get; private set; } = [];

    public static async Task<OtherGenerators> GatherAsync(int own, int expected, int? port, IProgressLine progress, CancellationToken stop)
    {
        var others = new OtherGenerators();
        if (own + expected == 0) return others;
        var address = $"http://127.0.0.1:{(port ?? FreePort.Next()).ToString(CultureInfo.InvariantCulture)}";
        others._door = new GeneratorDoor();
        await others._door.OpenAsync(new Uri(address).Port);
        if (expected > 0) progress.Say($"Waiting for {expected} generators: join {address}");
        for (var i = 0; i < own; i++) others._children.Add(await ChildServer.StartSelfAsync("Joined the run", "join", address));
        others.All = await others._door.WaitAsync(own + expected, stop);
        return others;
    }

    public async ValueTask DisposeAsync()
    {
        if (_door is not null) await _door.DisposeAsync();
        foreach (var child in _children) await child.DisposeAsync();
    }
}
