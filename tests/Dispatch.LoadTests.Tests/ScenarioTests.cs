using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Tests;

/// <summary>Lengths, descriptions and names of what is measured.</summary>
public class ScenarioTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(600)]
    public void Day_stretches_and_shrinks_with_the_measurement(double seconds)
    {
        var file = ScenarioFile.Read("day-in-the-life");
        var scaled = file.Lasting(seconds);
        scaled.Seconds.ShouldBe(seconds);
        (scaled.People.DaySeconds / scaled.Seconds).ShouldBe(file.People.DaySeconds / file.Seconds, 1e-9);
        scaled.People.Speed.ShouldBe(file.People.Speed);
        file.Seconds.ShouldBe(60);
    }

    [Fact]
    public void Everything_that_happens_in_a_scenario_happens_in_a_short_run_of_it()
    {
        foreach (var name in ScenarioFile.Names)
        {
            var file = ScenarioFile.Read(name);
            var scaled = file.Lasting(3);
            foreach (var (was, now) in file.Happenings.Zip(scaled.Happenings))
            {
                now.At.ShouldBeLessThan(scaled.Seconds, name);
                (now.At / scaled.Seconds).ShouldBe(was.At / file.Seconds, 1e-9, name);
                (now.For / scaled.Seconds).ShouldBe(was.For / file.Seconds, 1e-9, name);
                now.Every.ShouldBe(was.Every, name);
            }

            if (file.People.DaySeconds > 0) scaled.People.DaySeconds.ShouldBeLessThanOrEqualTo(scaled.Seconds, name);
        }
    }

    [Fact]
    public void Description_tells_the_settings_of_the_run()
    {
        var scenario = ScenarioFile.Read("open-loop");
        scenario.Workers = 50;
        scenario.Arrival.PerSecond = 40;
        Description.Of(scenario).ShouldBe("50 connected workers, 40 answers a second whatever happens; latency counts from the intended time.");
        Description.Of(ScenarioFile.Read("day-in-the-life").Lasting(20)).ShouldStartWith("A day in 20 seconds for 400 people.");
        Description.Of(ScenarioFile.Read("burst")).ShouldBe("10,000 tasks land on 2,000 idle workers at once.");
    }

    [Fact]
    public void No_description_has_a_place_left_or_a_number_of_its_own()
    {
        foreach (var name in ScenarioFile.Names)
        {
            var scenario = ScenarioFile.Read(name);
            Description.Of(scenario).ShouldNotContain("{", Case.Sensitive, name);
            scenario.About.ShouldNotMatch("(?i)[0-9]|thousand|hundred", name);
        }
    }

    [Fact]
    public void Server_that_runs_already_is_one_subject_named_by_its_address()
    {
        var scenario = ScenarioFile.Read("closed-loop");
        new Target(new Uri("http://127.0.0.1:5080")).Entries(scenario).Select(entry => entry.Label).ShouldBe(["echo", "server at 127.0.0.1:5080", "skip-locked", "rabbitmq"]);
        new Target().Entries(scenario).Select(entry => entry.Label).ShouldBe(scenario.Subjects);
    }
}
