using Dispatch.Bars;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>Whether a run is a success: somebody answered on every subject, and what was required was kept.</summary>
internal static class Outcome
{
    /// <summary>Prints a line for each requirement, and why nobody answered where nobody did.</summary>
    /// <returns>0 for a success, 1 otherwise.</returns>
    public static int Judge(Report report, IReadOnlyList<Requirement> requirements, Action<string> say)
    {
        var failed = 0;
        foreach (var silent in report.Measurements.Where(m => m.Silent is not null))
        {
            say($"Nobody answered on {silent.Subject} (round {silent.Round}): {silent.Silent}.");
            failed = 1;
        }

        if (report.Measurements.Count == 0)
        {
            say($"Nothing was measured: {(report.Left.Count > 0 ? string.Join("; ", report.Left) : "there was no subject")}.");
            failed = 1;
        }

        foreach (var requirement in requirements)
        {
            if (report.Measurements.Count == 0) failed |= Bar.Print(requirement.Text, met: false, "not measured", requirement.Text);
            foreach (var m in Judged(report))
            {
                var (met, measured) = requirement.Judge(m);
                failed |= Bar.Print($"{m.Subject}: {requirement.Metric.Name}", met, measured, $"{requirement.Operator} {requirement.Metric.Say(requirement.Value)}");
            }
        }

        return failed;
    }

    // A baseline beside Dispatch is there to compare with; it has nothing to keep.
    private static IEnumerable<Measurement> Judged(Report report)
    {
        var medians = report.Subjects.Select(subject => report.Median(subject)!).ToArray();
        var dispatch = medians.Where(m => !SubjectCatalog.Names.Contains(m.Subject) || SubjectCatalog.IsDispatch(m.Subject)).ToArray();
        return dispatch.Length > 0 ? dispatch : medians;
    }
}
