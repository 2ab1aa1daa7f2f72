namespace Dispatch.Storage.Tests.Agreement;

/// <summary>Attempts at exams that end, once or twice, and grants.</summary>
internal sealed partial class AgreementRun
{
    private async Task<string> ExamineAsync()
    {
        var (worker, project) = (Of(_workers), Once(0.8) ? _under.Project : _otherProject);
        var operation = Op(NewId());
        if (Once(0.4))
        {
            var grant = new ExamGrantRow { GrantId = NewId(), WorkerId = Once(0.9) ? worker : NewId(), ProjectId = project, GrantedBy = Of(_reviewers), Reason = "unfair" };
            await BothAsync(store => store.GrantExamAsync(grant, operation, default));
            return "granted an attempt";
        }

        var version = (await _model.GetWorkerAsync(worker, default))!.Version;
        var attempt = new ExamAttemptRow
        {
            WorkerId = Once(0.95) ? worker : NewId(),
            ProjectId = project,
            Attempt = 1 + _random.Next(3),
            LastSequence = _random.Next(5),
            Questions = 2,
            Score = 0.5,
            PassScore = 0.75,
            Passed = Once(0.3),
            Label = "skilled",
            RetryAfter = NoneOrHour(0.5),
        };
        var (labels, expected) = (Once(0.5) ? null : """{"skilled":true}""", Once(0.9) ? version : version + 1);
        await BothAsync(store => store.EndExamAttemptAsync(attempt, labels, expected, operation, default));
        return $"ended attempt {attempt.Attempt}";
    }
}
