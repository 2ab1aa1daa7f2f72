using System.Globalization;

namespace Dispatch.TestKit;

/// <summary>Seeds for random tests: new every run, told when a test fails, repeatable with DISPATCH_TEST_SEED.</summary>
public static class TestSeeds
{
    public const string Variable = "DISPATCH_TEST_SEED";

    /// <summary>The seed of the environment, or one from the time. It is printed, but a runner may hide that: prefer <see cref="RunAsync"/>.</summary>
    public static int Next()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var seed = string.IsNullOrEmpty(named)
            ? (int)(DateTime.UtcNow.Ticks & int.MaxValue)
            : int.Parse(named, CultureInfo.InvariantCulture);
        Console.Error.WriteLine(Explain(seed));
        return seed;
    }

    public static string Explain(int seed) => string.Create(CultureInfo.InvariantCulture, $"{Variable}={seed}");

    /// <summary>Runs a test with a seed, and names the seed in its failure.</summary>
    public static async Task RunAsync(Func<int, Task> test)
    {
        var seed = Next();
        try
        {
            await test(seed);
        }
        catch (Exception error)
        {
            throw new SeededTestException($"{error.Message}\nRepeat with {Explain(seed)}", error);
        }
    }

    /// <inheritdoc cref="RunAsync"/>
    public static void Run(Action<int> test)
    {
        var seed = Next();
        try
        {
            test(seed);
        }
        catch (Exception error)
        {
            throw new SeededTestException($"{error.Message}\nRepeat with {Explain(seed)}", error);
        }
    }
}

public sealed class SeededTestException(string message, Exception inner) : Exception(message, inner);
