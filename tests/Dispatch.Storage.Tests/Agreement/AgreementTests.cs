using Dispatch.Storage.Tests.Conformance;
using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.Agreement;

/// <summary>
/// The same random operations on the model and on a store: every result and every row must agree. The simulation proves its
/// promises on the model; this is what makes them promises of SQLite and PostgreSQL.
/// </summary>
public sealed class AgreementTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public Task RandomOperations_OnModelAndStore_Agree(bool postgreSql) => TestSeeds.RunAsync(async seed =>
    {
        for (var i = 0; i < 4; i++)
        {
            await using var run = await AgreementRun.CreateAsync(postgreSql, seed + i);
            for (var step = 0; step < 200; step++) await run.StepAsync(step);
        }
    });
}
