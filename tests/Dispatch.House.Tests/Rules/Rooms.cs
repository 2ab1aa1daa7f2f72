namespace Dispatch.House.Tests.Rules;

/// <summary>The rooms of the house: what each project under src may use. A project that is not here has no room.</summary>
public sealed record Room(string[] Projects, string[] Packages, bool AspNetCore = false)
{
    /// <summary>An entry ending with a star allows every name that begins so.</summary>
    public static IReadOnlyDictionary<string, Room> All { get; } = new Dictionary<string, Room>
    {
        // Serializer attributes, and the code generated from them.
        ["Dispatch.Contracts"] = new([], ["Microsoft.Orleans.Serialization*", "Microsoft.Orleans.CodeGenerator"]),
        ["Dispatch.Engine"] = new(["Dispatch.Contracts"], ["MathNet.Numerics"]),
        ["Dispatch.Storage"] = new(["Dispatch.Contracts"], []),
        ["Dispatch.Storage.PostgreSql"] = new(["Dispatch.Storage", "Dispatch.Contracts"], ["Npgsql", "dbup-core", "dbup-postgresql"]),
        ["Dispatch.Storage.Sqlite"] = new(["Dispatch.Storage", "Dispatch.Contracts"], ["Microsoft.Data.Sqlite", "dbup-core", "dbup-sqlite"]),
        // Which clustering and which database a silo has is the server's business.
        ["Dispatch.Grains"] = new(
            ["Dispatch.Engine", "Dispatch.Storage", "Dispatch.Contracts"],
            ["Microsoft.Orleans.Server", "Microsoft.Orleans.Sdk", "Microsoft.Orleans.Reminders", "Microsoft.Orleans.CodeGenerator"]),
        ["Dispatch.Push"] = new(["Dispatch.Contracts"], ["Microsoft.AspNetCore.SignalR.*", "MessagePack"], AspNetCore: true),
        ["Dispatch.Client"] = new(["Dispatch.Contracts"], ["Microsoft.AspNetCore.SignalR.*", "MessagePack", "Microsoft.Extensions.*"]),
        ["Dispatch.Web"] = new(
            ["Dispatch.Client", "Dispatch.Contracts"],
            ["Microsoft.AspNetCore.*", "Microsoft.Extensions.*", "MudBlazor", "DiffPlex"]),
        // Composition: it may know everything.
        ["Dispatch.Server"] = new(["*"], ["*"], AspNetCore: true),
    };

    public static bool Allows(string[] allowed, string name) =>
        allowed.Any(entry => entry.EndsWith('*') ? name.StartsWith(entry[..^1], StringComparison.Ordinal) : entry == name);
}
