using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Demo;

/// <summary>The demo's projects and tasks, made through the same form and import steps as a producer's.</summary>
internal static class DemoWork
{
    private const string PreferenceSettings = """{"tie":true,"strength":3,"reason":"optional","question":"Which answer helps the person more?"}""";
    private const string PreferenceBinding = """{"id":"id","prompt":"prompt","responses":["first","second"],"known":"best","context":["topic"]}""";
    private const string RatingSettings = """{"dimensions":[{"name":"helpfulness","label":"Helpfulness","min":1,"max":5},{"name":"clarity","label":"Clarity","min":1,"max":5}],"reason":"optional"}""";
    private const string RatingBinding = """{"id":"id","prompt":"prompt","response":"response","context":["topic"]}""";
    // A demo is looked at for minutes: gold comes often, and the gate opens after a handful.
    private static readonly QualityPolicy PreferenceQuality = new() { PriorMean = 0.7, PriorStrength = 4, Gold = new GoldPolicy { RateMin = 0.15, RateBase = 0.3, RateMax = 0.4, Reveal = true } };
    private static readonly GatePolicy Gate = new()
    {
        Evidence = new EvidenceClause { Enter = 4, Stay = 3 },
        Accuracy = new AccuracyClause { Threshold = 0.7, Probability = 0.75 },
        DwellAnswers = 5,
    };

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private static readonly Guid Actor = new("d15f0000-0000-7000-8000-000000000001");

    public static async Task<IReadOnlyList<Guid>> SeedAsync(IDispatchStore store, FormCatalog forms, IIdSource ids)
    {
        var items = DemoItem.All("demo-items.md");
        var preference = await ProjectAsync(store, ids, "Which answer is better?", "preference", PreferenceSettings, PreferenceBinding, PreferenceInstructions, PreferenceQuality);
        var rating = await ProjectAsync(store, ids, "How good is this answer?", "rating", RatingSettings, RatingBinding, RatingInstructions);
        await BatchAsync(store, forms, ids, preference, "Everyday questions, in pairs", overlap: 3, Pairs(items), goldShare: 0.3);
        await BatchAsync(store, forms, ids, preference, "The close calls", overlap: 3, CloseCalls(items), gate: Gate);
        await BatchAsync(store, forms, ids, rating, "Everyday questions, one by one", overlap: 2, Singles(items));
        return [preference.ProjectId, rating.ProjectId, .. await DemoForms.SeedAsync(store, forms, ids, items)];
    }

    public static async Task<Guid> EnsureWorkerAsync(IDispatchStore store, IIdSource ids, string name, IReadOnlyList<Guid> projects)
    {
        if (await store.FindWorkerByNameAsync(name, CancellationToken.None) is { } known) return known.WorkerId;
        var id = ids.NewId();
        await store.CreateWorkerAsync(
            new WorkerRecord { WorkerId = id, Name = name, DisplayName = name, Roles = [Roles.Worker] },
            projects,
            Operation(ids, "demo.worker"),
            CancellationToken.None);
        return id;
    }

    /// <summary>The first answer of every item is the best: against it, it is known which is better.</summary>
    private static IEnumerable<string> Pairs(IReadOnlyList<DemoItem> items) =>
        from item in items
        from first in Enumerable.Range(0, item.Answers.Count)
        from second in Enumerable.Range(0, item.Answers.Count)
        where first < second
        select Pair(item, $"{item.Id}/{first}-{second}", first, second, best: first == 0 ? "first" : null);

    /// <summary>Golden work: the best two answers of each item, the other way round.</summary>
    private static IEnumerable<string> CloseCalls(IReadOnlyList<DemoItem> items) =>
        from item in items
        where item.Answers.Count > 3
        select Pair(item, $"close/{item.Id}", item.Answers.Count - 1, 0, best: null);

    private static string Pair(DemoItem item, string id, int first, int second, string? best) =>
        JsonSerializer.Serialize(new { id, topic = item.Topic, prompt = item.Prompt, first = item.Answers[first], second = item.Answers[second], best });

    private static IEnumerable<string> Singles(IReadOnlyList<DemoItem> items) =>
        from item in items
        from answer in Enumerable.Range(0, item.Answers.Count)
        select JsonSerializer.Serialize(new { id = $"{item.Id}/{answer}", topic = item.Topic, prompt = item.Prompt, response = item.Answers[answer] });

    internal static async Task<ProjectRecord> ProjectAsync(IDispatchStore store, IIdSource ids, string name, string form, string settings, string binding, string instructions, QualityPolicy? quality = null)
    {
        var page = await store.ListProjectsAsync(PageCursor.Start, Limits.PageRows, CancellationToken.None);
        if (page.Items.FirstOrDefault(project => project.Name == name) is { } known) return known;
        var record = new ProjectRecord
        {
            ProjectId = ids.NewId(),
            Name = name,
            FormType = form,
            FormSettings = settings,
            Binding = binding,
            Instructions = instructions,
            Lease = Lease,
            Policy = new DispatchPolicy { Prefetch = 1 },
            Quality = quality ?? new QualityPolicy { Gold = new GoldPolicy { Reveal = true } },
        };
        await store.CreateProjectAsync(record, Operation(ids, "demo.project"), CancellationToken.None);
        return record;
    }

    internal static async Task BatchAsync(IDispatchStore store, FormCatalog forms, IIdSource ids, ProjectRecord project, string name, int overlap, IEnumerable<string> lines, double goldShare = 0, GatePolicy? gate = null)
    {
        var batches = await store.ListBatchesAsync(project.ProjectId, PageCursor.Start, Limits.PageRows, CancellationToken.None);
        if (batches.Items.Any(batch => batch.Name == name)) return;
        var batchId = ids.NewId();
        await store.CreateBatchAsync(
            new BatchRecord
            {
                BatchId = batchId,
                ProjectId = project.ProjectId,
                Name = name,
                Status = BatchStatus.Draft,
                Priority = 0,
                Overlap = overlap,
                Tier = gate is null ? BatchTier.Standard : BatchTier.Golden,
                GoldUse = goldShare > 0 ? GoldUse.Share : GoldUse.None,
                GoldShare = goldShare,
            },
            Operation(ids, "demo.batch"),
            CancellationToken.None);
        var form = forms.Compile(project.FormType, project.FormSettings, project.Binding).Form!;
        List<NewTask> tasks = [];
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            var bound = form.Bind(document.RootElement);
            var isControl = bound.KnownAnswer is not null && goldShare > 0 && GoldSelection.IsGold(batchId, bound.Key, GoldUse.Share, goldShare);
            tasks.Add(new NewTask
            {
                Line = tasks.Count + 1,
                Key = bound.Key,
                Content = bound.Content,
                KnownAnswer = bound.KnownAnswer,
                IsGold = isControl,
                IsControl = isControl,
                Overlap = isControl ? project.Quality.Gold.ExposuresMax : overlap,
            });
        }

        var import = new ImportRecord { ImportId = ids.NewId(), BatchId = batchId, Mode = ImportMode.KeepGood };
        await store.BeginImportAsync(import, Operation(ids, "demo.import"), CancellationToken.None);
        await store.AppendChunkAsync(import.ImportId, 0, tasks.Count, tasks, [], null, CancellationToken.None);
        await store.FinishImportAsync(import.ImportId, CancellationToken.None);
        if (gate is not null) await store.SetGateAsync(batchId, JsonSerializer.Serialize(gate, DispatchJson.Options), null, Operation(ids, "demo.gate"), CancellationToken.None);
        await store.ChangeBatchAsync(batchId, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Draft], null, Operation(ids, "demo.open"), CancellationToken.None);
    }

    private static Operation Operation(IIdSource ids, string kind) => new()
    {
        ActorId = Actor,
        OperationId = ids.NewId(),
        PayloadHash = new byte[32],
        Kind = kind,
    };

    private const string PreferenceInstructions = """
        # Which answer is better?

        Read the question and both answers. Choose the one that would **help the person more** if it were the only one they got.

        - Right beats friendly. A warm answer that is wrong is worse than a dry one that is right.
        - Complete beats long. Extra words that do not help count against an answer.
        - Say how much better it is: 1 a little, 2 clearly, 3 by far.
        - When you really cannot tell, call it a tie. It is an honest answer and costs you nothing.
        """;

    private const string RatingInstructions = """
        # How good is this answer?

        Rate each scale on its own, from 1 (poor) to 5 (excellent).

        - **Helpfulness**: could the person act on it?
        - **Clarity**: would they understand it at first reading?
        """;
}
