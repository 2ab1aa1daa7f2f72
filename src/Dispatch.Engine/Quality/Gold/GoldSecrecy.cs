using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Quality.Gold;

/// <summary>
/// The one rule of what a worker may be told where gold is not revealed. Whoever writes something that reaches a worker asks here.
/// <para>
/// Told as ever: what is the same for every answer, gold or not. That is the task and the worker's own answer to it, handling time, the number of answers, and what a
/// person said of an answer (a review, with its note), training, and the end of an exam.
/// </para>
/// <para>
/// Told late, in bunches and rounded: what gold moves. Figures are renewed with every <see cref="BunchAnswers"/>th answer in the project, whatever these were,
/// so the moment says nothing; the accuracy is rounded to <see cref="ShareStep"/>, and the evidence to steps that grow with it, so a bunch does not even say how
/// many golds it held. Rules on gold, gates in words, and the news of gates that own answers opened or closed follow the figures that were told.
/// </para>
/// <para>
/// Never told: which answers were judged by gold or by the consensus of the others (an answer without a consensus is gold by elimination), the evaluation
/// sequence (it counts golds), whether a task is complete, has other answers or counts in a batch (a control is in no backlog), and whether a dispute names a gold.
/// </para>
/// <para>
/// Live decisions use the true figures. So one thing remains that no wording can hide: the first golden task after a gate opened, and the last before it closed,
/// come when they come.
/// </para>
/// </summary>
public static class GoldSecrecy
{
    /// <summary>Figures are renewed once in so many answers of a worker in a project.</summary>
    public const int BunchAnswers = 20;

    /// <summary>The grain of an accuracy, or a probability, that is told.</summary>
    public const double ShareStep = 0.05;

    /// <summary>The grain of a number of golds that is told.</summary>
    public const int GoldsStep = 5;

    private static readonly double[] EvidenceSteps = [1, 2, 5];

    /// <summary>Whether gold is hidden. A policy without a decision is one from before it was asked for: it reveals, as it did.</summary>
    /// <param name="policy">The policy.</param>
    public static bool Hides(GoldPolicy policy) => policy.Reveal == false;

    /// <summary>Whether an evaluation may be shown as a row of its own, with the answer it is about. What may not is in sums, and cannot be disputed: a dispute that is taken would say that there is one.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="kind">Kind of the evaluation, as stored: <c>gold</c>, <c>review</c>, …</param>
    public static bool MayTellApart(GoldPolicy policy, string kind) => !Hides(policy) || kind is "review" or "training" or "reviewing";

    /// <summary>Whether the figures that are told are renewed with this answer.</summary>
    /// <param name="answers">Answers in the project, this one included.</param>
    public static bool Renews(long answers) => answers > 0 && answers % BunchAnswers == 0;

    /// <summary>An accuracy or a probability as it is told.</summary>
    /// <param name="share">In [0,1].</param>
    public static double Told(double share) => Math.Clamp(Math.Round(Math.Round(share / ShareStep) * ShareStep, 2), 0, 1);

    /// <summary>Effective evidence as it is told: 0, 5, 10, 20, 50, 100 and so on, whichever is reached.</summary>
    /// <param name="effective">0 or more.</param>
    public static double ToldEvidence(double effective)
    {
        var told = 0.0;
        for (var decade = 1.0; decade <= effective && decade < 1e12; decade *= 10)
        {
            foreach (var step in EvidenceSteps)
            {
                if (decade * step <= effective && decade * step >= 5) told = decade * step;
            }
        }

        return told;
    }

    /// <summary>The posterior as it is told: with a rounded mean, and worth the rounded evidence. Its quantiles tell no more than it does.</summary>
    /// <param name="accuracy">The true one.</param>
    /// <param name="prior">The prior it stands on.</param>
    public static Accuracy Told(Accuracy accuracy, AccuracyPrior prior)
    {
        var evidence = ToldEvidence(accuracy.EffectiveN);

        // Neither parameter may be zero: a mean that rounds to 1 would be a posterior without any doubt.
        var mean = Math.Clamp(Told(accuracy.Mean), ShareStep / 2, 1 - (ShareStep / 2));
        return new Accuracy(mean * (evidence + prior.Strength), (1 - mean) * (evidence + prior.Strength), evidence, prior.Version);
    }

    /// <summary>A number of golds as it is told: rounded up.</summary>
    /// <param name="golds">How many.</param>
    public static int? Told(int? golds) => golds is { } count ? (count + GoldsStep - 1) / GoldsStep * GoldsStep : null;

    /// <summary>
    /// The evidence that rules may look at: what was told, so that what a rule does and says tells no more. Of training everything counts at once: it is no secret, and a
    /// rule that asked for it must see that it was done.
    /// </summary>
    /// <param name="policy">The policy.</param>
    /// <param name="live">The true evidence.</param>
    /// <param name="told">The evidence that was told.</param>
    public static QualityFold ForRules(GoldPolicy policy, QualityFold live, QualityFold told)
    {
        if (!Hides(policy)) return live;
        return live.Trainings == told.Trainings ? told : told with { Trainings = live.Trainings, SinceTraining = Math.Min(live.SinceTraining, told.SinceTraining) };
    }
}
