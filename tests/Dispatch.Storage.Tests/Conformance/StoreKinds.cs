using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>The same test on both stores. PostgreSQL is left out where it cannot be had, and then a test says so.</summary>
internal static class StoreKinds
{
    public static TheoryData<bool> All => Needs.PostgreSql is null ? new TheoryData<bool>(false, true) : new TheoryData<bool>(false);
}

public sealed class StoreKindsTests
{
    [PostgreSqlFact]
    public void BothStores_AreUnderTest() => StoreKinds.All.Count.ShouldBe(2);
}
