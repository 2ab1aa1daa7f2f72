using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Judgements and reviews of a group commit.</summary>
public sealed partial class PostgreSqlStore
{
    private static void AddJudgements(NpgsqlBatch batch, List<(int Index, JudgeOperation Operation)> judgements)
    {
        if (judgements.Any(j => !j.Operation.AskOneMore && j.Operation.Verdict is null)) throw new ArgumentException("A judgement that asks for no more answers has a verdict.", nameof(judgements));
        (int Index, OutboxEvaluation Row)[] evidence = [.. judgements.SelectMany(j => j.Operation.Evidence.Select(row => (j.Index, row)))];
        (int Index, NewReview Row)[] reviews = [.. judgements.SelectMany(j => j.Operation.Reviews.Select(row => (j.Index, row)))];
        Add(
            batch,
            CommitSql.Judge,
            [
                ArrayOf(judgements.Select(j => j.Index), NpgsqlDbType.Integer),
                ArrayOf(judgements.Select(j => j.Operation.BatchId), NpgsqlDbType.Uuid),
                ArrayOf(judgements.Select(j => j.Operation.OwnerEpoch), NpgsqlDbType.Bigint),
                ArrayOf(judgements.Select(j => j.Operation.TaskId), NpgsqlDbType.Bigint),
                ArrayOf(judgements.Select(j => j.Operation.AnswersSeen), NpgsqlDbType.Integer),
                ArrayOf(judgements.Select(j => j.Operation.AskOneMore), NpgsqlDbType.Boolean),
                ArrayOf(judgements.Select(j => j.Operation.OverlapMax), NpgsqlDbType.Integer),
                ArrayOf(judgements.Select(j => j.Operation.Verdict?.Label), NpgsqlDbType.Text),
                ArrayOf(judgements.Select(j => j.Operation.Verdict?.Confidence), NpgsqlDbType.Double),
                ArrayOf(judgements.Select(j => j.Operation.Verdict?.Values), NpgsqlDbType.Text),
                ArrayOf(judgements.Select(j => j.Operation.Verdict?.Answers), NpgsqlDbType.Integer),
                ArrayOf(evidence.Select(e => e.Index), NpgsqlDbType.Integer),
                .. EvidenceArrays([.. evidence.Select(e => e.Row)]),
                ArrayOf(reviews.Select(r => r.Index), NpgsqlDbType.Integer),
                .. ReviewArrays([.. reviews.Select(r => r.Row)]),
            ]);
    }

    private static void AddSubmittedReviews(NpgsqlBatch batch, List<(int Index, SubmitOperation Operation)> submits)
    {
        SubmitOperation[] asking = [.. submits.Select(submit => submit.Operation).Where(submit => submit.ReviewId is not null)];
        if (asking.Length == 0) return;
        Add(
            batch,
            CommitSql.ReviewSubmitted,
            ArrayOf(asking.Select(submit => submit.ReviewId!.Value), NpgsqlDbType.Uuid),
            ArrayOf(asking.Select(submit => submit.AssignmentId), NpgsqlDbType.Uuid),
            ArrayOf(asking.Select(submit => (short)submit.ReviewCause), NpgsqlDbType.Smallint));
    }

    private static void ReadJudgement(NpgsqlDataReader row, CommitResult[] results) => results[row.GetInt32(0)] = new CommitResult
    {
        Status = !row.GetBoolean(1) ? CommitStatus.OwnerFenced : row.GetBoolean(2) ? CommitStatus.Committed : CommitStatus.Stale,
    };

    private static NpgsqlParameter[] EvidenceArrays(IReadOnlyList<OutboxEvaluation> rows) =>
    [
        ArrayOf(rows.Select(row => row.WorkerId), NpgsqlDbType.Uuid),
        ArrayOf(rows.Select(row => row.Source), NpgsqlDbType.Text),
        ArrayOf(rows.Select(row => row.ProjectId), NpgsqlDbType.Uuid),
        ArrayOf(rows.Select(row => row.Kind), NpgsqlDbType.Text),
        ArrayOf(rows.Select(row => row.Score), NpgsqlDbType.Double),
        ArrayOf(rows.Select(row => row.Weight), NpgsqlDbType.Double),
        ArrayOf(rows.Select(row => row.AssignmentId), NpgsqlDbType.Uuid),
        ArrayOf(rows.Select(row => row.Masks), NpgsqlDbType.Text),
    ];

    private static NpgsqlParameter[] ReviewArrays(IReadOnlyList<NewReview> reviews) =>
    [
        ArrayOf(reviews.Select(review => review.ReviewId), NpgsqlDbType.Uuid),
        ArrayOf(reviews.Select(review => review.AssignmentId), NpgsqlDbType.Uuid),
        ArrayOf(reviews.Select(review => (short)review.Cause), NpgsqlDbType.Smallint),
        ArrayOf(reviews.Select(review => review.Pass), NpgsqlDbType.Integer),
    ];
}
