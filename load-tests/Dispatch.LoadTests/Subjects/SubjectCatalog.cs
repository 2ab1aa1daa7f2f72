using Dispatch.LoadTests.Subjects.Dispatching;
using Dispatch.LoadTests.Subjects.Echo;
using Dispatch.LoadTests.Subjects.RabbitMq;
using Dispatch.LoadTests.Subjects.SkipLocked;

namespace Dispatch.LoadTests.Subjects;

/// <summary>Subjects by name.</summary>
internal static class SubjectCatalog
{
    public static IReadOnlyList<string> Names { get; } = ["echo", "postgresql", "sqlite", "before", "skip-locked", "skip-locked-poll", "rabbitmq"];

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
internal sealed record Target(Uri? Address = null, string? AdminToken = null, int Processes = 1);
