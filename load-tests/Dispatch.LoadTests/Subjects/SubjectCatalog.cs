using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects.Dispatching;
using Dispatch.LoadTests.Subjects.Echo;
using Dispatch.LoadTests.Subjects.RabbitMq;
using Dispatch.LoadTests.Subjects.SkipLocked;

namespace Dispatch.LoadTests.Subjects;

/// <summary>Subjects by name.</summary>
internal static class SubjectCatalog
{
    public static IReadOnlyList<string> Names { get; } = ["echo", "postgresql", "sqlite", "before", "skip-locked", "skip-locked-poll", "rabbitmq"];

    /// <summary>Whether a subject is Dispatch itself, and not one of its baselines.</summary>
    public static bool IsDispatch(string name) => name is "postgresql" or "sqlite" or "before";

    public static ISubject Make(string name, Target target) => name switch
    {
        "echo" => new EchoSubject(),
        "skip-locked" => new SkipLockedSubject(longPoll: true),
        "skip-locked-poll" => new SkipLockedSubject(longPoll: false),
        "rabbitmq" => new RabbitSubject(),
        "postgresql" or "sqlite" => new DispatchSubject(name, target, Hosting.Repository.ServerAssembly),
        "before" => new DispatchSubject("postgresql", target, Hosting.Repository.EarlierServerAssembly!),
        _ => throw new ArgumentException($"There is no subject '{name}'."),
    };

    /// <summary>Why a subject cannot be measured on this machine; null when it can.</summary>
    public static string? Absent(string name) => name switch
    {
        "rabbitmq" when Hosting.PrivateRabbitMq.Program is null => "no rabbitmq-server is installed (Debian: apt-get install rabbitmq-server)",
        "before" when Hosting.Repository.EarlierServerAssembly is null => "DISPATCH_LOAD_BEFORE does not name the folder of an earlier build of the server",
        _ => null,
    };
}

/// <summary>Which Dispatch is measured.</summary>
/// <param name="Address">One that runs already; null: the tool starts its own.</param>
/// <param name="AdminToken">Token of an admin there, when its development door is shut.</param>
/// <param name="Processes">Server processes of the tool's own.</param>
/// <param name="Project">A project of that server to press, with its own form, gates and open batches; null: the run makes one.</param>
/// <param name="Keep">Leave on that server what the run made.</param>
internal sealed record Target(Uri? Address = null, string? AdminToken = null, int Processes = 1, Guid? Project = null, bool Keep = false)
{
    /// <summary>The subjects of a scenario under this target, with the names they have in reports: a server that runs already is one subject, whatever store the scenario's own servers would have.</summary>
    public IReadOnlyList<Entry> Entries(Scenario scenario)
    {
        if (Address is not { } address) return [.. scenario.Subjects.Select(name => new Entry(name, name, scenario))];
        return
        [
            .. scenario.Subjects
                .Select(name => SubjectCatalog.IsDispatch(name) ? new Entry($"server at {address.Authority}", "postgresql", scenario) : new Entry(name, name, scenario))
                .DistinctBy(entry => entry.Label),
        ];
    }
}
