using Dispatch.Contracts.Api;
using Dispatch.Contracts.Quality;

namespace Dispatch.Web.Steering;

/// <summary>What quality rules did, in words for supervisors.</summary>
internal static class FlagPhrases
{
    private const int CountedAtMost = 10_000;

    /// <summary>What the rule did; after the worker's name.</summary>
    /// <param name="flag">The action.</param>
    public static string Action(RestrictionDto flag) => flag.Action switch
    {
        QualityAction.AttentionFlag => "should be looked at",
        QualityAction.RaiseGoldRate => "sees more control tasks",
        QualityAction.AskReviewer => "has answers put before a reviewer",
        QualityAction.SetLabel => "was given a label",
        QualityAction.RequireTraining => "gets no work until the training is done",
        _ => flag.BatchId is null ? "gets no work of the project" : "gets no work of one batch",
    };

    /// <summary>How many tasks rest on answers of the worker.</summary>
    /// <param name="flag">The action, from the list of a project.</param>
    public static string Resting(RestrictionDto flag) => flag.CountedAnswers switch
    {
        null => "",
        0 => "No task rests on an answer of theirs.",
        1 => "One task rests on an answer of theirs.",
        >= CountedAtMost => $"{CountedAtMost} tasks or more rest on answers of theirs.",
        var count => $"{count} tasks rest on answers of theirs.",
    };

    /// <summary>One evaluation behind it.</summary>
    /// <param name="row">The evaluation.</param>
    public static string Evidence(EvaluationDto row)
    {
        var kind = row.Kind switch
        {
            "gold" => "a control task",
            "review" => "a review",
            "consensus" => "the answers of others",
            "training" => "training",
            "reviewing" => "another look at a review",
            _ => row.Kind,
        };
        return $"{kind}: {row.Score * 100:0} % right, weight {row.Weight:0.##}";
    }
}
