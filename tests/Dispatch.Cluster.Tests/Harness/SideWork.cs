using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>
/// A project of a fault's own with one batch, beside that of the shift, for people who work otherwise than a shift's. What they do belongs into the shift's journal, and the checker
/// judges it with the rest.
/// </summary>
public sealed class SideWork
{
    private SideWork(Shift shift, Guid project, Guid batch) => (Shift, Project, Batch) = (shift, project, batch);

    public Shift Shift { get; }

    public Guid Project { get; }

    public Guid Batch { get; }

    /// <summary>Makes project and batch; nothing is handed out before <see cref="OpenAsync"/>.</summary>
    /// <param name="shift">The shift that goes on meanwhile.</param>
    /// <param name="prompts">One task each, in this order.</param>
    /// <param name="lease">Shorter than the API admits too, so that many run out in a short test.</param>
    /// <param name="policy">How work is handed out.</param>
    public static async Task<SideWork> CreateAsync(Shift shift, IEnumerable<string> prompts, TimeSpan lease, DispatchPolicy policy)
    {
        var api = shift.Cluster.Api;
        var project = await api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = $"beside {Guid.NewGuid():N}",
            Form = TestCluster.PlainForm,
            Dispatch = policy,
        });

        // Before anybody has read the project: no server knows another lease.
        await shift.Cluster.ScalarAsync("UPDATE project SET lease = $1 WHERE project_id = $2", lease, project);
        var batch = await api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
        await api.ImportAsync(batch, TestCluster.Lines(prompts));
        return new SideWork(shift, project, batch);
    }

    public Task OpenAsync() => Shift.Cluster.Api.ChangeBatchAsync(Batch, "open");

    /// <summary>A count in the database, of which the batch is the only parameter.</summary>
    public async Task<int> CountAsync(string sql) => Convert.ToInt32(await Shift.Cluster.ScalarAsync(sql, Batch), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>So many people, connected a few at a time.</summary>
    public Task<IReadOnlyList<SidePerson>> ConnectManyAsync(int count) => ConnectManyAsync(count, (token, _) => SidePerson.ConnectAsync(Shift, token), CancellationToken.None);

    /// <summary>The same with people of another kind.</summary>
    public async Task<IReadOnlyList<T>> ConnectManyAsync<T>(int count, Func<DevTokenDto, CancellationToken, Task<T>> connect, CancellationToken stop)
    {
        var people = new T[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = stop }, async (i, cancellation) =>
        {
            var token = await Shift.Cluster.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"{typeof(T).Name} {i} of {Project:N}", ProjectIds = [Project] }, cancellation);
            people[i] = await connect(token, cancellation);
        });
        return people;
    }
}
