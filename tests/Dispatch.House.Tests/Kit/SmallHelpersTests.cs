using Dispatch.TestKit;

namespace Dispatch.House.Tests.Kit;

public class SmallHelpersTests
{
    [Fact]
    public void The_root_holds_the_solution() => File.Exists(Repository.File("Dispatch.sln")).ShouldBeTrue();

    [Fact]
    public void Free_ports_are_not_given_twice()
    {
        var ports = Enumerable.Range(0, 100).Select(_ => FreePort.Next()).ToList();
        ports.Distinct().Count().ShouldBe(ports.Count);
    }

    [Fact]
    public void A_failing_seeded_test_names_its_seed()
    {
        var seen = 0;
        var error = Should.Throw<SeededTestException>(() => TestSeeds.Run(seed =>
        {
            seen = seed;
            throw new InvalidOperationException("broken");
        }));
        error.Message.ShouldContain("broken");
        error.Message.ShouldContain(TestSeeds.Explain(seen));
    }

    [Fact]
    public async Task Eventually_takes_the_first_answer_and_gives_up_in_time()
    {
        var asked = 0;
        await Eventually.TrueAsync(() => Task.FromResult(++asked == 3), TimeSpan.FromSeconds(30), "three questions");
        asked.ShouldBe(3);
        var error = await Should.ThrowAsync<TimeoutException>(
            () => Eventually.TrueAsync(() => Task.FromResult(false), TimeSpan.FromMilliseconds(120), "the moon"));
        error.Message.ShouldContain("the moon");
    }

    [SharedDataFact]
    public void Shared_data_is_a_folder() => Directory.Exists(Repository.SharedData).ShouldBeTrue();
}
