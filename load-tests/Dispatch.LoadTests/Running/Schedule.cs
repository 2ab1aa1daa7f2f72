using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Running;

/// <summary>
/// When each worker means to answer under an open load, whatever the subject does meanwhile. The worker's phase is drawn once, so arrivals of
/// all together are close to a Poisson stream and those of one are evenly spaced, as the answers of one person are.
/// </summary>
internal sealed class Schedule(Arrival arrival, int workers, double seconds)
{
    private readonly double _from = arrival.PerSecond;
    private readonly double _slope = arrival.Kind == "ramp" ? (arrival.UntilPerSecond - arrival.PerSecond) / seconds : 0;

    /// <summary>The time of a worker's k-th answer, in seconds from the start.</summary>
    public double At(double phase, int k)
    {
        // The integral of the rate over time, inverted.
        var answers = (k + phase) * workers;
        if (Math.Abs(_slope) < 1e-12) return answers / _from;
        return (-_from + Math.Sqrt(Math.Max(0, (_from * _from) + (2 * _slope * answers)))) / _slope;
    }
}
