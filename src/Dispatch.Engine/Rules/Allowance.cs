namespace Dispatch.Engine.Rules;

/// <summary>
/// How often one person may still do what costs others something: a number that is used up by doing it and comes back with time. Time comes in as the seconds since the last look.
/// </summary>
/// <param name="most">The most that can be saved up; a new allowance is full.</param>
/// <param name="perSecond">What comes back in a second.</param>
public sealed class Allowance(double most, double perSecond)
{
    private readonly double _most = most;
    private double _left = most;

    /// <summary>Lets time pass.</summary>
    /// <param name="passed">Since the last time; what is negative counts as nothing.</param>
    public void Pass(TimeSpan passed) => _left = Math.Min(_most, _left + (Math.Max(0, passed.TotalSeconds) * perSecond));

    /// <summary>Gives some back.</summary>
    /// <param name="more">How much.</param>
    public void Earn(double more) => _left = Math.Min(_most, _left + more);

    /// <summary>Uses one.</summary>
    /// <returns>Zero when there was one; otherwise how long until there is, and nothing is used.</returns>
    public TimeSpan Use()
    {
        if (_left < 1) return TimeSpan.FromSeconds((1 - _left) / perSecond);
        _left--;
        return TimeSpan.Zero;
    }
}
