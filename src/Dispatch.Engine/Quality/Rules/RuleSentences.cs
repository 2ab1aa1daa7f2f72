using System.Globalization;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Quality.Gold;

namespace Dispatch.Engine.Quality.Rules;

/// <summary>Says to a worker what a rule saw and what follows: figures first, no blame. Where gold is hidden, figures that gold moves are rounded or left out.</summary>
internal static class RuleSentences
{
    public static string For(QualityRule rule, double value, QualityState state, double good, bool hides)
    {
        var window = rule.Window;
        var bad = (int)Math.Round(value * window);
        var seen = rule.Collector switch
        {
            QualityCollector.RecentGold when hides => "Too many of your answers that were checked of late are otherwise than expected.",
            QualityCollector.Agreement when hides => "Too many of your answers of late differ from what the others say.",
            QualityCollector.RecentGold => $"Of your last {window} control tasks, {bad} were answered otherwise than expected.",
            QualityCollector.Agreement => $"Of your last {window} answers that could be compared, {bad} differ from what the others say.",
            QualityCollector.Rejects => $"Of your last {window} reviewed answers, {bad} were rejected.",
            QualityCollector.Skips => $"Of your last {window} tasks, {bad} were handed back or declined.",
            QualityCollector.Time => $"Of your last {window} answers, {bad} took less than a tenth of the usual time, and your accuracy is in doubt as well: {Percent(hides ? GoldSecrecy.Told(state.Accuracy.Mean) : state.Accuracy.Mean)} is expected, {Percent(good)} is asked for.",
            _ when hides => $"Your accuracy is expected to be about {Percent(GoldSecrecy.Told(state.Accuracy.Mean))}. Most likely it is below {Percent(good)}.",
            _ => $"Your accuracy is expected to be {Percent(state.Accuracy.Mean)}, counted from evidence worth {state.Accuracy.EffectiveN.ToString("0.#", CultureInfo.InvariantCulture)} answers. It is below {Percent(good)} with a probability of {Percent(value)}.",
        };
        return $"{seen} {Consequence(rule)} (Rule '{rule.Name}'.)";
    }

    private static string Consequence(QualityRule rule) => rule.Action switch
    {
        QualityAction.RaiseGoldRate => $"For {Duration(rule.ForSeconds)} you will see more control tasks. Nothing else changes.",
        QualityAction.AskReviewer => $"For {Duration(rule.ForSeconds)} your answers are put before a reviewer. They count as before until somebody says otherwise.",
        QualityAction.AttentionFlag => "A supervisor has been asked to look. Nothing else changes.",
        QualityAction.SetLabel => $"You now have the label '{rule.Label}'.",
        QualityAction.RequireTraining => "Please do the training of this project; then its work is open to you again. You may dispute any evaluation it rests on.",
        _ => $"For {Duration(rule.ForSeconds)} you get no tasks of this {(rule.BatchId is null ? "project" : "batch")}. You may dispute any evaluation it rests on.",
    };

    private static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Duration(int seconds) => seconds switch
    {
        >= 172_800 when seconds % 86_400 == 0 => $"{seconds / 86_400} days",
        >= 7_200 when seconds % 3_600 == 0 => $"{seconds / 3_600} hours",
        >= 120 when seconds % 60 == 0 => $"{seconds / 60} minutes",
        _ => $"{seconds} seconds",
    };
}
