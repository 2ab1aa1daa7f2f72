using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Texts;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Rules;

namespace Dispatch.Engine.Standing;

/// <summary>Checks gates that come from outside. All faults at once; a gate without faults can be read by <see cref="Gate.From"/>.</summary>
public static class GateChecks
{
    /// <summary>Steps of one gate.</summary>
    public const int StepsMax = 10;

    private const int WaitMax = 31_536_000;

    /// <summary>Faults of a gate.</summary>
    /// <param name="policy">The gate.</param>
    public static IReadOnlyList<PolicyFault> Check(GatePolicy policy)
    {
        var faults = new Faults();
        faults.Range(policy.Version, 1, int.MaxValue, "version");
        CheckFigures(faults, policy);
        if (policy.Rank is { } rank) CheckRank(faults, rank);
        CheckLabels(faults, policy.Labels);
        if (policy.Tenure is { } tenure)
        {
            if (tenure is { Answers: null, Days: null }) faults.Add("tenure", "The clause asks nothing.", "Set answers or days, or leave tenure out.");
            if (tenure.Answers is { } answers) faults.Range(answers, 1, 1_000_000, "tenure.answers");
            if (tenure.Days is { } days) faults.Range(days, 1, 3_650, "tenure.days");
        }

        faults.Range(policy.DwellAnswers, 0, 10_000, "dwellAnswers");
        faults.Range(policy.DwellSeconds, 0, 604_800, "dwellSeconds");
        if (policy.ShareGuard is { } guard)
        {
            faults.Above(guard.ShareMax, 0, 1, "shareGuard.shareMax");
            faults.Range(guard.AlwaysAllowed, 1, 1_000_000, "shareGuard.alwaysAllowed");
        }

        if (policy is { Evidence: null, Accuracy: null, HandlingTime: null, Rank: null, Labels: [], Tenure: null })
        {
            faults.Add("", "The gate asks nothing: everybody would pass.", "Set at least one clause, or make the batch a standard one.");
        }

        if (policy.Release is null) faults.Add("release", "There is no release policy.", "Send one, or leave it out to hold.");
        else CheckRelease(faults, policy);
        return faults.All;
    }

    private static void CheckFigures(Faults faults, GatePolicy policy)
    {
        if (policy.Evidence is { } evidence)
        {
            faults.Above(evidence.Enter, 0, 10_000, "evidence.enter");
            if (evidence.Stay is { } stay && !(stay >= 0 && stay <= evidence.Enter)) faults.Add("evidence.stay", "Staying must not ask for more than entering.", "Send a number from 0 to enter, or leave it out.");
        }

        if (policy.Accuracy is { } accuracy)
        {
            faults.Between(accuracy.Threshold, "accuracy.threshold");
            faults.Between(accuracy.Probability, "accuracy.probability");
            if (!(accuracy.Hysteresis >= 0 && accuracy.Hysteresis <= accuracy.Threshold)) faults.Add("accuracy.hysteresis", "The hysteresis is not between 0 and the threshold.", "Send such a number; 0.05 is usual.");
            if (!(accuracy.StayProbability > 0 && accuracy.StayProbability <= accuracy.Probability)) faults.Add("accuracy.stayProbability", "Staying must not ask for more than entering.", "Send a number above 0, at most probability.");
        }

        if (policy.HandlingTime is { } time)
        {
            faults.From(time.RatioMax, 0.1, 100, "handlingTime.ratioMax");
            if (time.StayRatioMax is { } stay && !(stay >= time.RatioMax && stay <= 1_000)) faults.Add("handlingTime.stayRatioMax", "Staying must not ask for more than entering.", "Send a number from ratioMax to 1000, or leave it out.");
            faults.Range(time.AnswersMin, 1, 1_000, "handlingTime.answersMin");
            if (policy.Accuracy is null) faults.Add("handlingTime", "Speed alone would decide who gets golden work.", "Ask for accuracy beside it.");
        }
    }

    private static void CheckRank(Faults faults, RankClause rank)
    {
        if (rank.Top is null == rank.TopShare is null)
        {
            faults.Add("rank", "A clause on rank asks for a number of places or for a share, and for one of the two.", "Set top or topShare.");
            return;
        }

        if (rank.Top is { } top) faults.Range(top, 1, 1_000_000, "rank.top");
        if (rank.TopShare is { } share) faults.Above(share, 0, 1, "rank.topShare");
        if (rank.StayTop is { } stayTop && !(rank.Top <= stayTop && stayTop <= 1_000_000)) faults.Add("rank.stayTop", "It belongs beside top, and must not ask for more.", "Send at least as many places as top, or leave it out.");
        if (rank.StayTopShare is { } stayShare && !(rank.TopShare <= stayShare && stayShare <= 1)) faults.Add("rank.stayTopShare", "It belongs beside topShare, and must not ask for more.", "Send at least as large a share as topShare, at most 1, or leave it out.");
    }

    private static void CheckLabels(Faults faults, IReadOnlyList<Selector>? labels)
    {
        if (labels is null)
        {
            faults.Add("labels", "There is no list of labels.", "Send a list, empty to ask for none.");
            return;
        }

        foreach (var fault in Requirements.Check(labels)) faults.Add(fault.Member.Length == 0 ? $"labels[{fault.Index}]" : $"labels[{fault.Index}].{fault.Member}", fault.Message, fault.Remedy);
        for (var i = 0; i < Math.Min(labels.Count, Requirements.SelectorsMax); i++)
        {
            if (labels[i] is { ExpiresAfterSeconds: not null }) faults.Add($"labels[{i}].expiresAfterSeconds", "A label of a gate does not expire by itself.", "Leave it out; a step of the release policy may drop the labels.");
        }
    }

    private static void CheckRelease(Faults faults, GatePolicy policy)
    {
        var release = policy.Release;
        if (release.Kind is not (ReleaseKind.Hold or ReleaseKind.Widen or ReleaseKind.Release)) faults.Add("release.kind", "There is no such value.", "Use hold, widen or release.");
        if (release.Kind is ReleaseKind.Widen or ReleaseKind.Release) faults.Range(release.AfterSeconds, 1, WaitMax, "release.afterSeconds");
        if (release.Steps is not { } steps)
        {
            faults.Add("release.steps", "There is no list of steps.", "Send a list, empty without widening.");
            return;
        }

        if (release.Kind != ReleaseKind.Widen)
        {
            if (steps.Count > 0) faults.Add("release.steps", "Only widen has steps.", "Leave the steps out, or set kind to widen.");
            return;
        }

        faults.Range(release.EverySeconds, 1, WaitMax, "release.everySeconds");
        if (steps.Count is < 1 or > StepsMax)
        {
            faults.Add("release.steps", $"Widening takes 1 to {StepsMax} steps.", "Send as many.");
            return;
        }

        var asked = GateStepBars.Of(policy);
        HashSet<string> names = new(StringComparer.Ordinal);
        for (var i = 0; i < steps.Count; i++)
        {
            var place = $"release.steps[{i}]";
            if (steps[i] is not { Name: not null, Without: not null } step)
            {
                faults.Add(place, "There is no step.", "Send a name and what is asked for, or leave the entry out.");
                continue;
            }

            if (step.Name.Length > Limits.NameCharacters || !Names.Is(step.Name)) faults.Add(place + ".name", "The step has no name, too long a one, or one that is not usable: invisible characters, or white space at its ends.", $"Name it in at most {Limits.NameCharacters} characters.");
            else if (!names.Add(step.Name)) faults.Add(place + ".name", $"Two steps are named '{step.Name}'.", "Give every step its own name.");
            asked = asked.Check(step, place, faults);
        }
    }
}
