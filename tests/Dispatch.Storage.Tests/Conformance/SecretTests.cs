namespace Dispatch.Storage.Tests.Conformance;

/// <summary>Processes of one database share a secret, and nobody else has it.</summary>
public sealed class SecretTests
{
    public static TheoryData<bool> Kinds => StoreKinds.All;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Secret_IsTheSameAfterEveryStart_AndAnotherInEveryDatabase(bool postgreSql)
    {
        await using var one = await StoreUnderTest.CreateAsync(postgreSql);
        var first = one.Store.Secret.ToArray();
        first.Length.ShouldBe(32);
        await one.Store.MigrateAsync(CancellationToken.None);
        one.Store.Secret.ToArray().ShouldBe(first);
        await using var other = await StoreUnderTest.CreateAsync(postgreSql);
        other.Store.Secret.ToArray().ShouldNotBe(first);
    }
}
