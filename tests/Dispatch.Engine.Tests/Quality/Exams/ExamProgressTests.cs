using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality.Exams;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Exams;

public sealed class ExamProgressTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 8, 0, 0, TimeSpan.Zero);
    private static readonly ExamPolicy Policy = new() { Questions = 3, PassScore = 0.6, Label = "skilled", AttemptsMax = 2, RetryAfterSeconds = 3_600 };

    [Fact]
    public void Of_NothingAnswered_IsOpenForTheFirstAttempt()
    {
        var progress = ExamProgress.Of(Policy, [], [], []);
        (progress.Attempt, progress.AttemptsAllowed, progress.Answered, progress.Outcome).ShouldBe((1, 2, 0, null));
        progress.BarAt(Start, held: 2).ShouldBe(ExamBar.None);
        progress.BarAt(Start, held: 3).ShouldBe(ExamBar.InHand, "three questions are the attempt");
        ExamProgress.Of(null, [], [], []).BarAt(Start, held: 0).ShouldBe(ExamBar.NoExam);
    }

    [Fact]
    public void Outcome_ComesWithTheLastQuestion_AndNotBefore()
    {
        ExamProgress.Of(Policy, [], [], [Answer(1, 0), Answer(2, 0)]).Outcome.ShouldBeNull("it goes on though it cannot be passed any more");
        ExamProgress.Of(Policy, [], [], [Answer(1, 0), Answer(2, 0.9), Answer(3, 0.9)]).Outcome.ShouldBe(new ExamOutcome(1, 3, 3, 0.6, true));
        ExamProgress.Of(Policy, [], [], [Answer(1, 0), Answer(2, 0.9), Answer(3, 0.8)]).Outcome!.Passed.ShouldBeFalse();
        ExamProgress.Of(Policy, [], [], [Answer(1, 1), Answer(2, 1), Answer(3, 1), Answer(4, 0)]).Outcome!.LastSequence.ShouldBe(3, "what comes after the last question is of no attempt");
    }

    [Fact]
    public void Failed_WaitsAsItWasTold_ThenGoesOnUntilNoAttemptIsLeft()
    {
        var first = Ended(1, passed: false, Start, Start.AddHours(1));
        var progress = ExamProgress.Of(Policy, [first], [], [Answer(9, 1, Start.AddMinutes(30))]);
        progress.BarAt(Start.AddMinutes(59), 0).ShouldBe(ExamBar.Waiting);
        progress.BarAt(Start.AddHours(1), 0).ShouldBe(ExamBar.None);
        progress.Answered.ShouldBe(0, "a late answer, in the wait, is of no attempt");
        ExamProgress.Of(Policy with { RetryAfterSeconds = 1 }, [first], [], []).BarAt(Start.AddMinutes(59), 0).ShouldBe(ExamBar.Waiting, "what was told stands");
        ExamProgress.Of(Policy, [first, Ended(2, passed: false, Start.AddHours(2), Start.AddHours(3))], [], []).BarAt(Start.AddDays(9), 0).ShouldBe(ExamBar.UsedUp);
    }

    [Fact]
    public void Passed_IsOver_UntilAFurtherAttemptIsGranted()
    {
        var passed = Ended(1, passed: true, Start, null);
        ExamProgress.Of(Policy, [passed], [], []).BarAt(Start.AddDays(9), 0).ShouldBe(ExamBar.Passed);
        ExamProgress.Of(Policy, [passed], [Start.AddHours(1)], []).BarAt(Start.AddDays(9), 0).ShouldBe(ExamBar.None);
    }

    [Fact]
    public void Grant_EndsTheWaitAndAddsAnAttempt()
    {
        ExamAttempt[] used = [Ended(1, false, Start, Start.AddHours(1)), Ended(2, false, Start.AddHours(2), Start.AddHours(3))];
        var granted = ExamProgress.Of(Policy, used, [Start.AddHours(2).AddMinutes(1)], []);
        granted.BarAt(Start.AddHours(2).AddMinutes(2), 0).ShouldBe(ExamBar.None);
        (granted.Attempt, granted.AttemptsAllowed).ShouldBe((3, 3));
        ExamProgress.Of(Policy, used, [Start.AddMinutes(-1)], []).BarAt(Start.AddHours(2).AddMinutes(2), 0).ShouldBe(ExamBar.Waiting, "a grant of before the attempt is one more, and no end of a wait");
    }

    [Fact]
    public void Sentences_SayResultAndWhatComesNext()
    {
        ExamSentences.Result(Ended(1, false, Start, Start.AddHours(1)), 2, "skilled").ShouldBe("The exam was not passed: 50 % of 3 questions, and 60 % were asked for. That was attempt 1 of 2. The next one may begin at 2026-05-04 09:00:00 UTC.");
        ExamSentences.Result(Ended(2, false, Start, Start.AddHours(1)), 2, "skilled").ShouldEndWith("That was attempt 2 of 2. A supervisor can grant another one.");
        ExamSentences.Result(Ended(1, true, Start, null), 2, "skilled").ShouldEndWith("You now have the label 'skilled'.");
    }

    /// <summary>Whatever people and supervisors do, and however often it is folded, an attempt has its questions, nobody has more attempts than are allowed, and nobody is asked while a wait lasts.</summary>
    [Fact]
    public void Fold_AnySeed_KeepsWhatTheExamPromises() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var (ended, late, granted) = (0, 0, 0);
        for (var world = 0; world < 300; world++)
        {
            var policy = Policy with { Questions = random.Next(1, 5), PassScore = random.Next(1, 11) / 10.0, AttemptsMax = random.Next(1, 4), RetryAfterSeconds = random.Next(3) * 60 };
            var (now, sequence) = (Start, 0L);
            List<ExamAttempt> attempts = [];
            List<DateTimeOffset> grants = [];
            List<ExamAnswer> answers = [];
            ExamProgress Fold() => ExamProgress.Of(policy, [.. attempts.OrderBy(_ => random.Next())], [.. grants.OrderBy(_ => random.Next())], [.. answers.OrderBy(_ => random.Next())]);
            for (var step = 0; step < 40; step++)
            {
                now = now.AddSeconds(random.Next(40));
                var progress = Fold();
                switch (random.Next(12))
                {
                    case 0 when grants.Count < 2:
                        grants.Add(now);
                        granted++;
                        break;
                    case 1 when progress.BarAt(now, 0) is ExamBar.Waiting or ExamBar.UsedUp or ExamBar.Passed:
                        answers.Add(new ExamAnswer(++sequence, 1, now));
                        Fold().Answered.ShouldBe(progress.Answered, "an answer to what may not be asked counts for nothing");
                        late++;
                        break;
                    default:
                        if (progress.BarAt(now, 0) != ExamBar.None) break;
                        if (attempts is [.., var last]) (now >= last.NextAt || grants.Exists(at => at > last.EndedAt)).ShouldBeTrue("asked before the wait was over");
                        attempts.Count.ShouldBeLessThan(policy.AttemptsMax + grants.Count);
                        answers.Add(new ExamAnswer(++sequence, random.Next(11) / 10.0, now));
                        Fold().Answered.ShouldBe(progress.Answered + 1);
                        break;
                }

                if (Fold().Outcome is not { } outcome) continue;
                outcome.Questions.ShouldBe(policy.Questions);
                outcome.Attempt.ShouldBe(attempts.Count + 1);
                var own = answers.Where(answer => answer.Sequence > (attempts.LastOrDefault()?.LastSequence ?? 0) && answer.Sequence <= outcome.LastSequence).TakeLast(policy.Questions).ToArray();
                outcome.Score.ShouldBe(own.Average(answer => answer.Score), 1e-12);
                attempts.Add(new ExamAttempt(outcome.Attempt, outcome.LastSequence, outcome.Questions, outcome.Score, policy.PassScore, outcome.Passed, now, outcome.Passed ? null : now.AddSeconds(policy.RetryAfterSeconds)));
                Fold().Outcome.ShouldBeNull("ended once, it is not ended again");
                ended++;
            }
        }

        (ended > 200 && late > 200 && granted > 100).ShouldBeTrue($"{ended} ended, {late} late, {granted} granted: the worlds say nothing");
    });

    private static ExamAnswer Answer(long sequence, double score, DateTimeOffset? at = null) => new(sequence, score, at ?? Start);

    private static ExamAttempt Ended(int attempt, bool passed, DateTimeOffset at, DateTimeOffset? next) => new(attempt, attempt * 3, 3, passed ? 0.8 : 0.5, 0.6, passed, at, next);
}
