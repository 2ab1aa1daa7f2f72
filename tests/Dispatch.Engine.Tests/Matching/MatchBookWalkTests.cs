using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Matching;

/// <summary>Random events against a list of workers and a list of batches that are searched from end to end every time.</summary>
public sealed class MatchBookWalkTests
{
    private const int OutstandingMax = 3;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid[] Batches = [.. Enumerable.Range(1, 3).Select(i => new Guid(i, 1, 0, new byte[8]))];
    private static readonly Guid[] Workers = [.. Enumerable.Range(1, 7).Select(i => new Guid(i, 0, 0, new byte[8]))];

    private sealed class NaiveBatch
    {
        public required int Level { get; set; }
        public int Budget { get; set; } = 1;
        public HashSet<Guid> Asked { get; } = [];
        public long Screening { get; set; }
        public DateTimeOffset ScreenedAt { get; set; }
        public List<Guid> Screened { get; set; } = [];
    }

    private readonly Dictionary<Guid, IdleReport> _idle = [];
    private readonly Dictionary<Guid, (Guid Batch, DateTimeOffset At)> _proposed = [];
    private readonly Dictionary<Guid, NaiveBatch> _open = [];
    private Guid[] _ranked = [];
    private DateTimeOffset _now = Start;
    private int _screenings;

    [Theory]
    [InlineData(WorkerChoice.LongestIdle)]
    [InlineData(WorkerChoice.BestStanding)]
    [InlineData(WorkerChoice.RoundRobin)]
    public void Propose_AnySeed_AsksTheFirstInTheOrderAndLeavesNobodyOut(WorkerChoice choice) => TestSeeds.Run(seed =>
    {
        var screenings = 0;
        for (var round = 0; round < 150; round++)
        {
            var walk = new MatchBookWalkTests();
            walk.Walk(new Random(unchecked(seed + round)), choice);
            screenings += walk._screenings;
        }

        screenings.ShouldBeGreaterThan(0, "what never happens is not tried");
    });

    private void Walk(Random random, WorkerChoice choice)
    {
        var book = new MatchBook(OutstandingMax);
        SetBatches(book, random, choice);
        for (var step = 0; step < 120; step++)
        {
            _now = _now.AddMilliseconds(random.Next(400));
            Event(book, random, choice);
            foreach (var proposal in book.Propose(_now)) Check(proposal, choice, step);
            foreach (var screening in book.TakeScreenings()) Check(screening, choice, step);
            foreach (var (id, batch) in _open)
            {
                if (Wants(id, batch)) _idle.Values.Where(report => MayAsk(report, batch)).ShouldBeEmpty($"step {step}: somebody is left out");
            }
        }
    }

    private void Event(MatchBook book, Random random, WorkerChoice choice)
    {
        var worker = Workers[random.Next(Workers.Length)];
        var batch = Batches[random.Next(Batches.Length)];
        switch (random.Next(11))
        {
            case 10:
                Answer(book, random, batch);
                break;
            case < 3:
                Arrive(new IdleReport(worker, Start.AddSeconds(random.Next(50)), Start.AddSeconds(random.Next(50)), random.Next(3), $$"""{"level":{{random.Next(3)}}}"""), book);
                break;
            case 3:
                Leave(worker);
                book.WorkerBusy(worker);
                break;
            case < 7 when _proposed.Count > 0:
                var (who, about) = _proposed.ElementAt(random.Next(_proposed.Count));
                var (took, waits) = (random.Next(4) == 0, random.Next(4) > 0);
                var available = random.Next(4);
                _proposed.Remove(who);
                if (_open.TryGetValue(about.Batch, out var told) && told.Asked.Contains(who)) told.Budget = available;
                if (took || !waits)
                {
                    var report = _idle[who];
                    Leave(who);
                    if (waits) _idle.Add(who, report);
                }

                book.ProposalEnded(who, about.Batch, took, waits, available);
                break;
            case < 7 when _idle.ContainsKey(worker) && !_proposed.ContainsKey(worker):
                // The word of a proposal that is out no more changes nothing.
                book.ProposalEnded(worker, batch, random.Next(2) == 0, random.Next(2) == 0, random.Next(4));
                break;
            case 7:
                if (_open.TryGetValue(batch, out var stirred)) (stirred.Budget, stirred.Screening, _) = (1 + random.Next(4), 0, Cleared(stirred));
                book.BatchHasWork(batch, _open.TryGetValue(batch, out var known) ? known.Budget : 1);
                break;
            case 8:
                var before = _now.AddSeconds(-1);
                foreach (var (silent, _) in _proposed.Where(pair => pair.Value.At < before).ToArray())
                {
                    var lost = _idle[silent];
                    Leave(silent);
                    _idle.Add(silent, lost with { IdleSince = _now, LastTurnAt = _now, Standing = double.MinValue });
                }

                foreach (var unanswered in _open.Values.Where(open => open.ScreenedAt < before)) unanswered.Screening = 0;
                book.GiveUpProposals(before, _now);
                break;
            default:
                SetBatches(book, random, choice);
                break;
        }
    }

    private void Answer(MatchBook book, Random random, Guid batchId)
    {
        var (number, available) = (0L, random.Next(4));
        Guid[] fit = [];
        if (_open.TryGetValue(batchId, out var batch) && batch.Screening > 0)
        {
            // Now and then one that was given up, or that was never asked.
            number = random.Next(5) == 0 ? batch.Screening + random.Next(-1, 2) : batch.Screening;
            fit = [.. batch.Screened.Where(_ => random.Next(3) == 0)];
            if (number == batch.Screening)
            {
                batch.Asked.UnionWith(batch.Screened.Except(fit));
                (batch.Screening, batch.Budget) = (0, available);
            }
        }

        book.Screened(batchId, number, fit, available);
    }

    private static bool Cleared(NaiveBatch batch)
    {
        batch.Asked.Clear();
        return true;
    }

    private void Arrive(IdleReport report, MatchBook book)
    {
        if (!_idle.TryGetValue(report.WorkerId, out var known) || known != report)
        {
            Leave(report.WorkerId);
            _idle.Add(report.WorkerId, report);
        }

        book.WorkerIdle(report);
    }

    private void Leave(Guid worker)
    {
        _idle.Remove(worker);
        _proposed.Remove(worker);
        foreach (var batch in _open.Values)
        {
            batch.Asked.Remove(worker);
            batch.Screened.Remove(worker);
        }
    }

    private void SetBatches(MatchBook book, Random random, WorkerChoice choice)
    {
        _ranked = [.. Batches.Where(_ => random.Next(4) > 0).OrderBy(_ => random.Next())];
        foreach (var gone in _open.Keys.Except(_ranked).ToArray()) _open.Remove(gone);
        foreach (var id in _ranked)
        {
            if (_open.TryGetValue(id, out var batch)) batch.Level = random.Next(3);
            else _open.Add(id, new NaiveBatch { Level = random.Next(3) });
        }

        book.SetBatches([.. _ranked.Select(id => new BatchListing(id, Asking(_open[id].Level)))], choice);
    }

    private static Requirements Asking(int level) => level == 0
        ? Requirements.None
        : Requirements.From([new Selector { Label = "level", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText($"{level}") }]);

    private void Check(Proposal proposal, WorkerChoice choice, int step)
    {
        _open.ShouldContainKey(proposal.BatchId);
        var batch = _open[proposal.BatchId];
        Wants(proposal.BatchId, batch).ShouldBeTrue($"step {step}: more are asked than there is work for");
        proposal.WorkerId.ShouldBe(InOrder(batch, choice).FirstOrDefault(), $"step {step}");
        batch.Asked.Add(proposal.WorkerId);
        _proposed.Add(proposal.WorkerId, (proposal.BatchId, _now));
    }

    private void Check(Screening screening, WorkerChoice choice, int step)
    {
        _screenings++;
        var batch = _open[screening.BatchId];
        batch.Screening.ShouldBe(0, $"step {step}: one question at a time");
        var asked = screening.Workers.Select(worker => worker.WorkerId).ToList();

        // Another batch may have proposed something to one of them in the same breath.
        asked.Where(id => !_proposed.ContainsKey(id)).ShouldBe(InOrder(batch, choice), $"step {step}");
        (batch.Screening, batch.Screened, batch.ScreenedAt) = (screening.Number, asked, _now);
    }

    private IEnumerable<Guid> InOrder(NaiveBatch batch, WorkerChoice choice) => _idle.Values.Where(report => MayAsk(report, batch))
        .OrderBy(report => choice == WorkerChoice.BestStanding ? -report.Standing : 0)
        .ThenBy(report => choice == WorkerChoice.RoundRobin ? report.LastTurnAt : report.IdleSince).ThenBy(report => report.WorkerId).Select(report => report.WorkerId);

    private bool Wants(Guid id, NaiveBatch batch) => batch.Screening == 0 && _proposed.Values.Count(proposed => proposed.Batch == id) < Math.Min(batch.Budget, OutstandingMax);

    private bool MayAsk(IdleReport report, NaiveBatch batch) =>
        !_proposed.ContainsKey(report.WorkerId) && !batch.Asked.Contains(report.WorkerId)
        && (batch.Level == 0 || JsonDocument.Parse(report.Labels).RootElement.GetProperty("level").GetInt32() >= batch.Level);
}
