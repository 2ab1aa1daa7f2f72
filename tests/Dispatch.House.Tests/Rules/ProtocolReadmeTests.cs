using System.Reflection;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;

namespace Dispatch.House.Tests.Rules;

/// <summary>The protocol's README names all that can be called and all that is pushed: whoever writes a client has nothing else.</summary>
public sealed class ProtocolReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "src", "Dispatch.Contracts", "README.md"));

    public static TheoryData<string> Rows =>
        [.. new[] { typeof(IWorkerHub), typeof(IWorkerHubClient) }.SelectMany(hub => hub.GetMethods(BindingFlags.Public | BindingFlags.Instance)).Select(method => method.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Rows))]
    public void WorkersMethodOrEvent_HasARow(string name) => Text.ShouldContain($"| `{name}` |");

    [Fact]
    public void SupervisorsMethodsAndEvents_AreNamed()
    {
        foreach (var name in new[] { typeof(ISupervisorHub), typeof(ISupervisorHubClient) }.SelectMany(hub => hub.GetMethods()).Select(method => method.Name)) Text.ShouldContain(name);
    }

    [Fact]
    public void DaysOfTheLedger_AreTheLimit() => Text.ShouldContain($"at most {Limits.LedgerDays} days");
}
