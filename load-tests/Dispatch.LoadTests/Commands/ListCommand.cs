using System.CommandLine;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Commands;

/// <summary>Names the scenarios that come with the tool.</summary>
internal static class ListCommand
{
    public static Command Make()
    {
        var command = new Command("list", "Lists the scenarios.");
        command.SetAction(_ =>
        {
            foreach (var name in ScenarioFile.Names) Console.WriteLine($"{name,-20} {Description.Of(ScenarioFile.Read(name))}");
            return 0;
        });
        return command;
    }
}
