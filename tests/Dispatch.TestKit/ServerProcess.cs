namespace Dispatch.TestKit;

/// <summary>A real Dispatch server in a process of its own, from the build the tests belong to.</summary>
public sealed class ServerProcess : ChildProcess
{
    private ServerProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment, string? workingFolder)
        : base(program, arguments, environment, workingFolder)
    {
    }

    /// <summary>The server's assembly, built as the tests were.</summary>
    public static string Assembly =>
        Repository.File("src", "Dispatch.Server", "bin", Repository.Configuration, "net10.0", "Dispatch.Server.dll");

    /// <param name="environment">Added to the environment of the tests; a null takes a variable away.</param>
    /// <param name="arguments">The command line of the server.</param>
    public static ServerProcess Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var assembly = Assembly;
        if (!File.Exists(assembly))
            throw new FileNotFoundException($"The server is not built ({Repository.Configuration}): build Dispatch.sln first.", assembly);
        return new ServerProcess(Tools.DotNet, [assembly, .. arguments], environment, Path.GetDirectoryName(assembly));
    }
}
