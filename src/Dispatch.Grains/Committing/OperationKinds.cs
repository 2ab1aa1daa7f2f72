namespace Dispatch.Grains;

/// <summary>Kinds of worker commands, as stored with their operation ids.</summary>
internal static class OperationKinds
{
    public const string Submit = "assignment.submit";
    public const string Accept = "assignment.accept";
    public const string Decline = "assignment.decline";
    public const string Return = "assignment.return";
    public const string Dispute = "evaluation.dispute";
    public const string SetLabel = "worker.set-label";
    public const string EndExam = "exam.end";
    public const string LiftRestriction = "restriction.lift";
    public const string SetActivity = "worker.set-activity";
}
