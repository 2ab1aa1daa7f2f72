namespace Dispatch.LoadTests.Scenarios;

/// <summary>One load scenario, as its file says it. Durations are in seconds.</summary>
internal sealed record Scenario
{
    /// <summary>Name, and the default name of its report.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it shows, for the reader of the report. <c>{workers}</c>, <c>{rate}</c>, <c>{until}</c>, <c>{seconds}</c>, <c>{tasks}</c>, <c>{overlap}</c>, <c>{put-in}</c> and <c>{speed}</c> stand for the settings of the run.</summary>
    public string About { get; set; } = "";

    /// <summary>echo, postgresql, sqlite, before, skip-locked, skip-locked-poll, rabbitmq. Each is measured in turn.</summary>
    public List<string> Subjects { get; set; } = ["echo", "postgresql"];

    /// <summary>Connected workers. 1 to 20,000.</summary>
    public int Workers { get; set; } = 1_000;

    /// <summary>Connected workers besides, who are available and may have none of the work. 0 to 20,000.</summary>
    public int IdleWorkers { get; set; }

    /// <summary>Measure the commit of one row beside each measurement, ten times a second, on the subject's own database.</summary>
    public bool ProbeCommits { get; set; }

    /// <summary>Interleaved measurements of every subject; the median counts. 1 to 9.</summary>
    public int Rounds { get; set; } = 1;

    /// <summary>Run before the first measurement of a subject, so that code is compiled and caches are warm.</summary>
    public double WarmUp { get; set; } = 12;

    /// <summary>Length of one measurement.</summary>
    public double Seconds { get; set; } = 10;

    /// <summary>Settings of the server that differ from what the tool would start it with, as environment variables: <c>Dispatch__Quality__Leaderboards</c> to <c>false</c>.</summary>
    public Dictionary<string, string> Server { get; set; } = [];

    /// <summary>What makes workers answer.</summary>
    public Arrival Arrival { get; set; } = new();

    /// <summary>What there is to do.</summary>
    public WorkSpec Work { get; set; } = new();

    /// <summary>Who answers.</summary>
    public PeopleSpec People { get; set; } = new();

    /// <summary>What happens at which moment of a measurement.</summary>
    public List<Happening> Happenings { get; set; } = [];

    /// <summary>The draws of a run follow from it.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// The same scenario over another length: its day of arrivals and shifts and the times of its happenings stretch or shrink with it. How fast people work, rates and recorded handling times
    /// stay, so the load is the same for longer or shorter.
    /// </summary>
    public Scenario Lasting(double seconds)
    {
        var factor = seconds / Seconds;
        return this with
        {
            Seconds = seconds,
            People = People with { DaySeconds = People.DaySeconds * factor },
            Happenings = [.. Happenings.Select(happening => happening with { At = happening.At * factor, For = happening.For * factor })],
        };
    }
}

/// <summary>What makes workers answer.</summary>
internal sealed record Arrival
{
    /// <summary>
    /// <c>closed</c>: answer as soon as a task is there. <c>rate</c>: so many answers a second over all workers, whatever the subject does;
    /// latency counts from the intended time. <c>ramp</c>: a rate that grows. <c>people</c>: each answers in a human time. <c>replay</c>:
    /// the n-th answer of a task is its n-th recorded judgment. <c>idle</c>: nobody
    /// has anything to do but what happenings bring.
    /// </summary>
    public string Kind { get; set; } = "closed";

    /// <summary>Answers a second, for rate; where a ramp begins.</summary>
    public double PerSecond { get; set; } = 100;

    /// <summary>Where a ramp ends.</summary>
    public double UntilPerSecond { get; set; } = 1_000;
}

/// <summary>What there is to do.</summary>
internal sealed record WorkSpec
{
    /// <summary>Tasks waiting at the start.</summary>
    public int Tasks { get; set; } = 20_000;

    /// <summary>Batches they lie in, evenly.</summary>
    public int Batches { get; set; } = 1;

    /// <summary>Answers a task needs.</summary>
    public int Overlap { get; set; } = 5;

    /// <summary>Share of tasks that are gold.</summary>
    public double GoldShare { get; set; }

    /// <summary>Tasks sent ahead: 0 or 1.</summary>
    public int Prefetch { get; set; }

    /// <summary>Tier of the last batch: standard or golden.</summary>
    public bool Golden { get; set; }

    /// <summary>A rule of the project restricts whose accuracy is below this with 95 % certainty. In (0,1); 0: no rule.</summary>
    public double RestrictBelow { get; set; }
}

/// <summary>Who answers. See <c>Annotator</c>.</summary>
internal sealed record PeopleSpec
{
    /// <summary>Median handling time of the median person.</summary>
    public double MedianSeconds { get; set; } = 14;

    /// <summary>Standard deviation of its logarithm, within one person.</summary>
    public double LogSpread { get; set; } = 0.6;

    /// <summary>Standard deviation of the logarithm of medians among people.</summary>
    public double BetweenSpread { get; set; } = 0.3;

    /// <summary>Mean accuracy of honest people.</summary>
    public double Accuracy { get; set; } = 0.8;

    /// <summary>Share who answer without looking.</summary>
    public double SpamShare { get; set; } = 0.03;

    /// <summary>By how much a person gets faster over the first hundred tasks: 0.3 is 30 %.</summary>
    public double Learning { get; set; } = 0.3;

    /// <summary>By how much tiredness slows and misleads a person over an eight-hour shift.</summary>
    public double Fatigue { get; set; } = 0.2;

    /// <summary>Chance of a break after a task.</summary>
    public double BreakChance { get; set; }

    /// <summary>Median length of a break.</summary>
    public double BreakSeconds { get; set; } = 60;

    /// <summary>Chance that the connection drops in a task.</summary>
    public double DropChance { get; set; }

    /// <summary>Share who have a second tab open.</summary>
    public double TwoTabs { get; set; }

    /// <summary>Seconds that a day of arrivals takes; 0: everybody is there all the time.</summary>
    public double DaySeconds { get; set; }

    /// <summary>Human seconds that pass in one second.</summary>
    public double Speed { get; set; } = 1;
}

/// <summary>Something that happens during a measurement.</summary>
internal sealed record Happening
{
    /// <summary>When, from the start of the measurement.</summary>
    public double At { get; set; }

    /// <summary>tasks, reconnect, slow-readers, open-golden or kill-server.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Tasks put in.</summary>
    public int Tasks { get; set; }

    /// <summary>Every so often again; 0: once.</summary>
    public double Every { get; set; }

    /// <summary>Share of workers it concerns.</summary>
    public double Share { get; set; } = 1;

    /// <summary>How long it lasts.</summary>
    public double For { get; set; } = 10;
}
