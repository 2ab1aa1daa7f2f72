using Dispatch.Engine.Rules;

namespace Dispatch.Engine.Tests.Rules;

public sealed class AllowanceTests
{
    [Fact]
    public void Allowance_IsUsedUp_AndComesBackWithTimeAndByEarning()
    {
        var allowance = new Allowance(2, perSecond: 0.1);
        (allowance.Use(), allowance.Use()).ShouldBe((TimeSpan.Zero, TimeSpan.Zero));
        allowance.Use().TotalSeconds.ShouldBe(10, 1e-6);
        allowance.Pass(TimeSpan.FromSeconds(4));
        allowance.Pass(TimeSpan.FromSeconds(-4));
        allowance.Use().TotalSeconds.ShouldBe(6, 1e-6);
        allowance.Pass(TimeSpan.FromSeconds(6));
        allowance.Use().ShouldBe(TimeSpan.Zero);
        allowance.Earn(1);
        allowance.Use().ShouldBe(TimeSpan.Zero);
        allowance.Pass(TimeSpan.FromDays(1));
        allowance.Earn(5);
        (allowance.Use(), allowance.Use()).ShouldBe((TimeSpan.Zero, TimeSpan.Zero));
        allowance.Use().ShouldBeGreaterThan(TimeSpan.Zero, "no more is saved up than the most");
    }
}
