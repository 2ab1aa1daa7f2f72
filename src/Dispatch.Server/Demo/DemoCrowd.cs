using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Storage;

namespace Dispatch.Server.Demo;

/// <summary>Simulated annotators on the real hub, by the SDK, like anybody else: they read for a human time, prefer the better answer more often than not, and take breaks.</summary>
internal sealed class DemoCrowd(IDispatchStore store, IIdSource ids, TokenIssuer tokens, TimeProvider time, Uri address)
{
    private const int Seed = 20_261_123;
    private const double MedianSeconds = 14;
    private const double LogSpread = 0.6;
    private const double SecondsMax = 90;
    private const double BreakChance = 0.01;
    private const double SkillMin = 0.55;
    private const double SkillMax = 0.95;

    private static readonly string[] Names =
        ["Ada", "Bela", "Chidi", "Dana", "Emre", "Fatou", "Goran", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wen", "Ximena", "Yusuf", "Zora"];

    public Task WorkAsync(int count, IReadOnlyList<Guid> projects, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(i => WorkOneAsync(i, projects, stop)));

    private async Task WorkOneAsync(int index, IReadOnlyList<Guid> projects, CancellationToken stop)
    {
        var random = new Random(Seed + index);
        var skill = SkillMin + (random.NextDouble() * (SkillMax - SkillMin));
        try
        {
            var name = $"{Names[index % Names.Length]} (simulated{(index < Names.Length ? "" : $" {index / Names.Length + 1}")})";
            var workerId = await DemoWork.EnsureWorkerAsync(store, ids, name, projects);
            await using var connection = new WorkerConnection(new WorkerConnectionOptions
            {
                Server = address,
                AccessToken = () => Task.FromResult<string?>(tokens.Issue(workerId, [Roles.Worker]).Token),
                Time = time,
            });
            var arrived = new SemaphoreSlim(0);
            connection.Offered += _ => arrived.Release();
            await connection.StartAsync(stop);
            await connection.SetActivityAsync(Activity.Available, cancellation: stop);
            while (!stop.IsCancellationRequested)
            {
                if (connection.Held is not [var task, ..])
                {
                    await arrived.WaitAsync(stop);
                    continue;
                }

                await AnswerAsync(connection, task, skill, random, stop);
                if (random.NextDouble() < BreakChance) await PauseAsync(connection, random, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The demo is over.
        }
    }

    private async Task AnswerAsync(WorkerConnection connection, AssignmentMessage task, double skill, Random random, CancellationToken stop)
    {
        await connection.ShownAsync(task.AssignmentId);
        await Task.Delay(ReadingTime(random), time, stop);
        var project = await connection.GetProjectAsync(task.ProjectId);
        var answer = DemoAnswers.Draw(project!, task, skill, random);
        await connection.SubmitAsync(task, answer, cancellation: stop);
    }

    private async Task PauseAsync(WorkerConnection connection, Random random, CancellationToken stop)
    {
        await connection.SetActivityAsync(Activity.Break, "coffee", stop);
        await Task.Delay(TimeSpan.FromSeconds(20 + (40 * random.NextDouble())), time, stop);
        await connection.SetActivityAsync(Activity.Available, cancellation: stop);
    }

    private static TimeSpan ReadingTime(Random random)
    {
        // Handling time is log-normal in real pairwise work; Box-Muller gives the normal deviate.
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return TimeSpan.FromSeconds(Math.Min(SecondsMax, MedianSeconds * Math.Exp(LogSpread * normal)));
    }
}
