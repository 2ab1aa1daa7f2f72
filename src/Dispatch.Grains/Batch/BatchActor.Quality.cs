using Dispatch.Contracts.Supervisor;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>The batch's own figures. Read from its rows when somebody first asks, and kept up from then on: a batch that nobody looks at pays nothing.</summary>
internal sealed partial class BatchActor
{
    private const int VerdictPage = 2_000;
    private const int GoldPage = 500;
    private static readonly TimeSpan MayComeLive = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan GoldReadEvery = TimeSpan.FromSeconds(5);

    private readonly List<(Guid AssignmentId, TimeSpan Handling)> _answeredMeanwhile = [];
    private BatchQuality? _quality;
    private Task? _readingQuality;
    private (long Count, double Score) _gold;
    private long _goldStamp;

    public async Task<BatchQualityView?> GetQuality()
    {
        if (_owned is null || _lost) return null;
        if (_quality is null) await (_readingQuality ??= ReadQualityAsync());
        if (_goldStamp == 0 || time.GetElapsedTime(_goldStamp) > GoldReadEvery) await ReadGoldAsync();
        return _quality?.View(batchId, StoreNow, _gold);
    }

    private async Task ReadQualityAsync()
    {
        try
        {
            var quality = new BatchQuality(_project!.Form.Scales);
            var since = StoreNow - MayComeLive;
            await foreach (var row in store.ExportJudgmentsAsync(batchId, CancellationToken.None)) quality.Read(row, row.SubmittedAt >= since);
            await ReadVerdictsAsync(quality);
            foreach (var (assignmentId, handling) in _answeredMeanwhile) quality.Answered(assignmentId, handling);
            _quality = quality;
        }
        finally
        {
            _answeredMeanwhile.Clear();
            _readingQuality = null;
        }
    }

    /// <summary>Judging waits meanwhile: a verdict must not be counted by the read and again live.</summary>
    private async Task ReadVerdictsAsync(BatchQuality quality)
    {
        _judgingWaits = true;
        try
        {
            await _judging;
            long after = 0;
            while (true)
            {
                var page = await store.LoadVerdictsAsync(batchId, after, VerdictPage, CancellationToken.None);
                foreach (var verdict in page) quality.Judged(verdict);
                if (page.Count < VerdictPage) return;
                after = page[^1].Ordinal;
            }
        }
        finally
        {
            _judgingWaits = false;
        }
    }

    /// <summary>Gold results are read, not kept up: a dispute that was upheld takes one out without a word to the batch.</summary>
    private async Task ReadGoldAsync()
    {
        _goldStamp = time.GetTimestamp();
        (long Count, double Score) gold = default;
        PageCursor? cursor = null;
        do
        {
            var page = await store.ListGoldAsync(_batch.ProjectId, batchId, cursor, GoldPage, CancellationToken.None);
            foreach (var task in page.Items)
            {
                gold.Count += task.Results.Count;
                gold.Score += task.Results.Sum(result => result.Score);
            }

            cursor = page.Next;
        }
        while (cursor is not null);
        _gold = gold;
    }

    private void NoteAnswer(Guid assignmentId, TimeSpan handling)
    {
        if (_quality is not null) _quality.Answered(assignmentId, handling);
        else if (_readingQuality is not null) _answeredMeanwhile.Add((assignmentId, handling));
    }
}
