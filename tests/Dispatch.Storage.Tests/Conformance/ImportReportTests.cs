using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>What an import stores beside its tasks: refusals that quote the producer's lines, and what was made of the others.</summary>
public sealed class ImportReportTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static ImportRecord NewImport(StoreUnderTest store) => new() { ImportId = Guid.NewGuid(), BatchId = store.Batch, Mode = ImportMode.KeepGood };

    private static IReadOnlyList<ImportLineError> Odd() =>
    [
        new(1, RefusalCode.BindingMismatch, "The known answer 'left\0' names no response.", "$.gold\0"),
        new(2, RefusalCode.BindingMismatch, "half \ud83d", null),
    ];

    /// <summary>One NUL in a refusal once stopped an import on PostgreSQL for ever, told as an unknown outcome.</summary>
    [Theory, MemberData(nameof(Stores))]
    public async Task Refusal_QuotesWhatCannotBeStored_IsStoredAllTheSame(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var whole = NewImport(store) with { LinesDone = 2 };
        var (outcome, _) = await store.Store.ImportWholeAsync(whole, StoreUnderTest.Op(), [], Odd(), default);
        outcome.Status.ShouldBe(ApplyStatus.Applied);
        var fed = NewImport(store);
        await store.Store.BeginImportAsync(fed, StoreUnderTest.Op(), default);
        await store.Store.AppendChunkAsync(fed.ImportId, 0, 2, [], Odd(), null, default);
        foreach (var id in (Guid[])[whole.ImportId, fed.ImportId])
        {
            var errors = (await store.Store.GetImportAsync(id, default))!.Errors;
            errors.Select(error => (error.Message, error.Place)).ShouldBe([("The known answer 'left\\u0000' names no response.", "$.gold\\u0000"), ("half \\ud83d", null)]);
        }
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Reading_IsKeptWithTheChunkThatItBelongsTo(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var import = NewImport(store);
        await store.Store.BeginImportAsync(import, StoreUnderTest.Op(), default);
        (await store.Store.GetImportAsync(import.ImportId, default))!.Reading.ShouldBeNull();
        await store.Store.AppendChunkAsync(import.ImportId, 0, 1, [StoreUnderTest.NewTask(1, "r1")], [], """{"n":1}""", default);
        await store.Store.AppendChunkAsync(import.ImportId, 0, 1, [StoreUnderTest.NewTask(1, "r2")], [], """{"n":"another feeder, too late"}""", default);
        (await store.Store.AppendChunkAsync(import.ImportId, 1, 2, [StoreUnderTest.NewTask(2, "r3")], [], null, default)).Reading.ShouldBe("""{"n":1}""");
        (await store.Store.FinishImportAsync(import.ImportId, default)).Reading.ShouldBe("""{"n":1}""");
        var whole = NewImport(store) with { LinesDone = 1, Reading = """{"n":2}""" };
        var (_, stored) = await store.Store.ImportWholeAsync(whole, StoreUnderTest.Op(), [StoreUnderTest.NewTask(1, "r4")], [], default);
        stored!.Reading.ShouldBe("""{"n":2}""");
        (await store.Store.GetImportAsync(whole.ImportId, default))!.Reading.ShouldBe("""{"n":2}""");
    }

    /// <summary>What the database will refuse again is an answer, not an unknown outcome that somebody should wait for.</summary>
    [Theory, MemberData(nameof(Stores))]
    public async Task PermanentFault_IsNotToldAsUnknown(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var import = NewImport(store);
        await store.Store.BeginImportAsync(import, StoreUnderTest.Op(), default);

        var nothing = StoreUnderTest.NewTask(1, "no content") with { Content = null! };
        var refused = await Should.ThrowAsync<StoreRefusedException>(() => store.Store.AppendChunkAsync(import.ImportId, 0, 1, [nothing], [], null, default));
        refused.IsValue.ShouldBeFalse();
        if (!postgreSql) return;
        var held = await Should.ThrowAsync<StoreRefusedException>(() => store.Store.AppendChunkAsync(import.ImportId, 0, 1, [StoreUnderTest.NewTask(1, "nul\0")], [], null, default));
        held.IsValue.ShouldBeTrue();
    }
}
