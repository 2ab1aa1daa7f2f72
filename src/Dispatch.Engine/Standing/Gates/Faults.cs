using Dispatch.Engine.Rules;

namespace Dispatch.Engine.Standing;

/// <summary>Faults found so far.</summary>
internal sealed class Faults
{
    private readonly List<PolicyFault> _all = [];

    public IReadOnlyList<PolicyFault> All => _all;

    public void Add(string place, string message, string remedy) => _all.Add(new(place, message, remedy));

    public void Range(int value, int min, int max, string place)
    {
        if (value < min || value > max) Add(place, $"{value} is not between {min} and {max}.", "Send a value in this range.");
    }

    /// <summary>The lower end is not allowed, the upper is.</summary>
    public void Above(double value, double min, double max, string place)
    {
        if (!(value > min && value <= max)) Add(place, FormattableString.Invariant($"{value} is not above {min} and at most {max}."), "Send a value in this range.");
    }

    public void From(double value, double min, double max, string place)
    {
        if (!(value >= min && value <= max)) Add(place, FormattableString.Invariant($"{value} is not between {min} and {max}."), "Send a value in this range.");
    }

    /// <summary>Inside 0..1, ends excluded: at 0 everybody passes, at 1 nobody.</summary>
    public void Between(double value, string place)
    {
        if (!(value > 0 && value < 1)) Add(place, FormattableString.Invariant($"{value} is not between 0 and 1, both excluded."), "Send such a number; 0.9 is usual.");
    }
}
